// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What is asked of slurmdbd itself: archive, reconfigure, shutdown, clear stats, show stats, show configuration.
#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "base/version.h"
#include "cli/data_answer.h"
#include "commands/sacctmgr/list.h"
#include "commands/sacctmgr/run.h"
#include "core/text/instant_text.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

int done_or_refused(const SacctmgrCall& call, const Result<DbdDone>& done) {
  return done ? 0 : call.refused(done.error());
}

int order_done(const SacctmgrCall& call, std::vector<std::string> words) {
  return done_or_refused(call, ask_dbd<DbdDone>(call.world.dbd, DbdHouseOrder{std::move(words), true, true, ""}));
}

bool is_read_only(const SacctmgrCall& call) {
  if (call.options.read_only) call.output().error_line("Can't run this command in readonly mode.");
  return call.options.read_only;
}

constexpr const char* archive_question =
    "This may result in loss of accounting database records (if Purge* options enabled).\n"
    "Are you sure you want to continue? (You have 30 seconds to decide)\n(N/y): ";

// "count:3      ave_time:2151   total_time:6455"
std::string count_text(const DbdCount& count) {
  return fmt::format("count:{:<6} ave_time:{:<6} total_time:{}", count.count,
                     count.count == 0 ? 0 : count.total_us / count.count, count.total_us);
}

std::uint64_t average(const DbdCount& count) { return count.count == 0 ? 0 : count.total_us / count.count; }

void sort_by(std::vector<DbdCount>& counts, std::string_view word) {
  std::ranges::stable_sort(counts, [&](const DbdCount& a, const DbdCount& b) {
    if (means(word, "ave_time", 3)) return average(a) > average(b);
    if (means(word, "total_time", 3)) return a.total_us > b.total_us;
    return a.count > b.count;
  });
}

std::string moment(const SacctmgrCall& call, Instant at) {
  return fmt::format("{} ({})", ctime_text(at, *call.output().zone), at.seconds);
}

std::string statistics_text(const SacctmgrCall& call, DbdStatistics all, std::string_view order) {
  const std::string line(67, '*');
  std::string text = fmt::format(
      "{0}\nsacctmgr show stats output at {1}\nData since                    {2}\nAll statistics are in "
      "microseconds\n{0}\n",
      line, moment(call, call.output().now), moment(call, all.since));
  if (all.rolled_at)
    text += fmt::format(
        "\nInternal DBD rollup last ran {}\n\tLast cycle:   {}\n\tMax cycle:    {}\n\tTotal time:   {}\n\tTotal "
        "cycles: "
        "{}\n\tMean cycle:   {}\n",
        moment(call, *all.rolled_at), all.rollup_last_us, all.rollup_most_us, all.rollups.total_us, all.rollups.count,
        average(all.rollups));
  sort_by(all.by_type, order);
  sort_by(all.by_user, order);
  text += "\nRemote Procedure Call statistics by message type\n";
  for (const DbdCount& one : all.by_type) text += fmt::format("\t{:<25} {}\n", one.name, count_text(one));
  text += "\nRemote Procedure Call statistics by user\n";
  for (const DbdCount& one : all.by_user)
    text += fmt::format("\t{:<20}({:>10}) {}\n", one.name, one.number, count_text(one));
  return text;
}

std::string shown_value(const DbdSetting& setting) {
  const std::string& value = setting.value;
  if (value.empty()) return "(null)";
  constexpr std::string_view seconds[] = {"MessageTimeout", "TCPTimeout"};
  if (std::ranges::find(seconds, setting.key) != std::end(seconds)) return value + " secs";
  if (setting.key == "CommitDelay") return value == "0" ? "No" : value + " secs";
  const auto yes = all_digits(value) ? std::nullopt : parse_yes_no(value);
  return yes ? (*yes ? "Yes" : "No") : value;
}

std::string settings_text(const DbdSettingList& settings) {
  std::string text;
  for (const DbdSetting& one : settings) text += fmt::format("{:<22} = {}\n", one.key, shown_value(one));
  return text;
}

DbdSettingList own_settings(const SacctmgrCall& call) {
  const ClusterConfig& config = *call.world.config;
  const PluginSettings& plugins = config.plugins;
  const std::string& slurm_user = config.identity.slurm_user;
  const auto& user_id = call.output().user_id;
  const auto uid = user_id ? user_id(slurm_user) : std::nullopt;
  const std::string& shared = config.identity.private_data.empty() ? "none" : join(config.identity.private_data, ",");
  return {{"AccountingStorageBackupHost", plugins.accounting_storage_backup_host},
          {"AccountingStorageHost", plugins.accounting_storage_host},
          {"AccountingStoragePort", fmt::to_string(plugins.accounting_storage_port)},
          {"AccountingStorageType", plugins.accounting_storage_type},
          {"AuthType", config.identity.auth_type},
          {"MessageTimeout", fmt::to_string(config.timeouts.message_timeout.value)},
          {"PrivateData", shared},
          {"SlurmUserId", uid ? fmt::format("{}({})", slurm_user, uid->value) : slurm_user},
          {"SLURM_CONF", call.world.conf_path},
          {"SLURM_VERSION", version_text}};
}

}  // namespace

int archive_records(const SacctmgrCall& call) {
  const std::string verb = call.words.empty() ? "" : call.words.front();
  const bool dumps = means(verb, "dump", 1), loads = means(verb, "load", 1);
  if (!dumps && !loads) {
    call.output().error_line("No valid entity in archive command\nInput line must include, \"Dump\", or \"load\"");
    return 1;
  }
  if (is_read_only(call)) return 1;
  DbdHouseOrder order{{"archive", dumps ? "dump" : "load"}, false, true, ""};
  order.words.insert(order.words.end(), call.words.begin() + 1, call.words.end());
  auto outcome = ask_dbd<DbdBookOutcome>(call.world.dbd, order);
  if (!outcome) return call.refused(outcome.error());
  if (dumps && !call.options.immediate) {
    call.output().print(archive_question);
    if (!call.world.agrees()) {
      call.output().line(" Changes Discarded");
      return 0;
    }
  }
  order.commit = true;
  outcome = ask_dbd<DbdBookOutcome>(call.world.dbd, order);
  if (!outcome) return call.refused(outcome.error());
  if (!call.options.quiet) call.output().print(outcome->out);
  return 0;
}

int reconfigure_server(const SacctmgrCall& call) { return is_read_only(call) ? 1 : order_done(call, {"reconfigure"}); }
int shut_down_server(const SacctmgrCall& call) { return is_read_only(call) ? 1 : order_done(call, {"shutdown"}); }

int clear_server(const SacctmgrCall& call) {
  if (call.words.empty() || !means(call.words.front(), "Stats", 1)) {
    call.output().error_line("No valid entity in list command\nInput line must include \"Stats\"");
    return 1;
  }
  return is_read_only(call) ? 1 : order_done(call, {"clear", "stats"});
}

int ping_servers(const SacctmgrCall& call) {
  struct Server {
    const char* mode;
    std::string host;
    bool responds;
    std::int64_t latency_us;
  };
  const PluginSettings& plugins = call.world.config->plugins;
  std::vector<Server> servers;
  for (const auto& [mode, host] : {std::pair("primary", plugins.accounting_storage_host),
                                   std::pair("backup", plugins.accounting_storage_backup_host)}) {
    if (host.empty()) continue;
    const auto asked = std::chrono::steady_clock::now();
    const bool responds = call.world.pings(host);
    servers.push_back(
        {mode, host, responds, (std::chrono::steady_clock::now() - asked) / std::chrono::microseconds(1)});
  }
  const bool none = std::ranges::none_of(servers, &Server::responds);
  if (!call.options.json && !call.options.yaml) {
    for (const Server& one : servers)
      call.output().line(fmt::format("slurmdbd({}) at {} is {}", one.mode, one.host, one.responds ? "UP" : "DOWN"));
    return none ? 1 : 0;
  }
  const DataFormat format = call.options.yaml ? DataFormat::yaml : DataFormat::json;
  write_answer("pings", {format, call.output(), {}}, [&](DataWriter& w) {
    w.begin_array();
    for (const Server& one : servers) {
      w.begin_object();
      w.member("hostname", one.host);
      w.member("responding", one.responds);
      w.member("latency", one.latency_us);
      w.member("primary", one.mode == std::string_view("primary"));
      w.end_object();
    }
    w.end_array();
  });
  return none ? 1 : 0;
}

int show_statistics(const SacctmgrCall& call) {
  auto all = ask_dbd<DbdStatistics>(call.world.dbd, DbdHouseOrder{{"stats"}, false, true, ""});
  if (!all) return call.refused(all.error());
  if (call.options.json || call.options.yaml) return write_statistics(call, *all), 0;
  call.output().print(statistics_text(call, std::move(*all), call.words.size() > 1 ? call.words[1] : ""));
  return 0;
}

int show_configuration(const SacctmgrCall& call) {
  const auto answer = ask_dbd<DbdSettings>(call.world.dbd, DbdHouseOrder{{"config"}, false, true, ""});
  if (!answer) return call.refused(answer.error());
  const TimeZone& zone = *call.output().zone;
  DbdSettingList settings = answer->settings;
  const auto put = [&](std::string_view before, DbdSetting setting) {
    const auto at = std::ranges::find(settings, before, &DbdSetting::key);
    settings.insert(at, std::move(setting));
  };
  put("CommitDelay", {"BOOT_TIME", instant_text(answer->booted, zone)});
  put("SlurmUser", {"SLURMDBD_VERSION", version_text});
  if (call.options.json || call.options.yaml) return write_configuration(call, own_settings(call), settings), 0;
  call.output().print(fmt::format("Configuration data as of {}\n{}\nSlurmDBD configuration:\n{}",
                                  instant_text(call.output().now, zone), settings_text(own_settings(call)),
                                  settings_text(settings)));
  return 0;
}

}  // namespace slurmxx
