// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/slurm_sim/run.h"

#include <algorithm>

#include <fmt/format.h>

#include "commands/slurm_sim/figures.h"
#include "commands/slurm_sim/log_play.h"
#include "commands/slurm_sim/picture.h"
#include "core/topology/read_topology.h"
#include "replay/replay.h"
#include "replay/report.h"

namespace slurmxx {
namespace {

// Reservations as far ahead as limits reach, and every job is looked at: a replay has the time.
constexpr const char* default_cluster =
    "ClusterName=replay\nSlurmctldHost=localhost\nSelectType=select/cons_tres\nSelectTypeParameters=CR_CPU\n"
    "SchedulerType=sched/backfill\nSchedulerParameters=bf_window=43200,bf_max_job_test=1000000\n"
    "NodeName=machine CPUs={0} Sockets=1 CoresPerSocket={0} ThreadsPerCore=1\nPartitionName=all Nodes=machine "
    "Default=YES MaxTime=INFINITE\n";

struct Cluster {
  std::string conf;
  std::vector<std::string> settings;
  PartitionChoice partitions = {};
  std::string picture = {};
};

std::string key_of(std::string_view line) { return std::string(line.substr(0, line.find('='))); }

bool sets(std::string_view line, std::string_view key) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return line.size() > key.size() && line[key.size()] == '=' &&
         std::equal(key.begin(), key.end(), line.begin(), [&](char a, char b) { return lower(a) == lower(b); });
}

// The file's lines without those that a setting replaces, then the settings.
std::string with_settings(std::string_view text, const std::vector<std::string>& settings) {
  std::string changed;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto replaces = [&](const std::string& setting) { return sets(line, key_of(setting)); };
    if (std::any_of(settings.begin(), settings.end(), replaces)) continue;
    changed += std::string(line) + "\n";
  }
  for (const std::string& setting : settings) changed += setting + "\n";
  return changed;
}

Result<ClusterConfig> read_cluster(const Cluster& cluster, std::uint32_t processors, const SimWorld& world) {
  const std::string path = cluster.conf.empty() ? "slurm.conf" : cluster.conf;
  std::string text = fmt::format(fmt::runtime(default_cluster), processors);
  if (!cluster.conf.empty()) {
    TRY_ASSIGN(text, world.read(cluster.conf));
  }
  text = with_settings(text, cluster.settings);
  const FileReader read = [&](const std::string& name) {
    return name == path ? Result<std::string>(text) : world.read(name);
  };
  Warnings warnings;
  auto config = parse_cluster_config(path, read, warnings);
  const auto exists = [&](const std::string& name) { return world.read(name).ok(); };
  if (config && !cluster.conf.empty()) TRY(read_topology(*config, {path, read, exists}, warnings));
  for (const std::string& warning : warnings) world.err("slurm-sim: " + warning + "\n");
  return config;
}

void tell_progress(const Workload& workload, const Replay& replay, const SimWorld& world) {
  const double part =
      workload.jobs.empty() ? 1 : static_cast<double>(replay.ended()) / static_cast<double>(workload.jobs.size());
  world.err(fmt::format("\r\033[Kslurm-sim: {:.1f} %, {} of {} jobs ended, {} passes", 100 * part, replay.ended(),
                        workload.jobs.size(), replay.counts().passes));
}

Result<ReplayReport> play(const Cluster& cluster, const Workload& workload, const SimWorld& world) {
  TRY_ASSIGN(const ClusterConfig config, read_cluster(cluster, workload.processors, world));
  Replay replay(config, workload, {!cluster.picture.empty(), cluster.partitions});
  TRY(replay.begin());
  bool told = false;
  while (true) {
    TRY_ASSIGN(const bool more, replay.step());
    if (!more) break;
    if (!world.progress_due || !world.progress_due()) continue;
    tell_progress(workload, replay, world);
    told = true;
  }
  if (told) world.err("\r\033[K");
  ReplayReport report = report_of(workload, replay);
  if (!cluster.picture.empty())
    TRY(world.write(cluster.picture, svg_picture(config, workload, replay.played(), report)));
  return report;
}

std::string name_of(const Cluster& cluster) {
  std::string name = cluster.conf.empty() ? "one node" : cluster.conf;
  for (const std::string& setting : cluster.settings) name += " " + setting;
  return name;
}

Cluster first_of(const SimOptions& options) {
  return {options.conf, options.settings, options.partitions, options.picture};
}

// With the lines of the first that the other does not change; nothing: nothing is compared.
std::optional<Cluster> second_of(const SimOptions& options) {
  if (options.compare.empty() && options.compare_settings.empty()) return {};
  if (!options.compare.empty()) return Cluster{options.compare, options.compare_settings, options.partitions};
  Cluster second{options.conf, options.settings, options.partitions};
  for (const std::string& setting : options.compare_settings) {
    std::erase_if(second.settings, [&](const std::string& known) { return sets(known, key_of(setting)); });
    second.settings.push_back(setting);
  }
  return second;
}

Status add_play(const Cluster& cluster, const Workload& workload, const SimWorld& world, SimAnswer& answer) {
  TRY_ASSIGN(ReplayReport report, play(cluster, workload, world));
  answer.plays.push_back({name_of(cluster), std::move(report)});
  return {};
}

Result<SimAnswer> play_swf(const SimOptions& options, const SimWorld& world) {
  TRY_ASSIGN(const std::string text, world.read(options.workload));
  if (text.starts_with("\x1f\x8b"))
    return fail(fmt::format("{0} is compressed: zcat {0} | slurm-sim -", options.workload));
  auto workload = parse_swf(text, options.processors);
  if (!workload) return fail(fmt::format("{}: {}", options.workload, text_of(workload.error())));
  SimAnswer answer;
  answer.workload = options.workload;
  answer.jobs = workload->jobs.size();
  answer.without_size = workload->without_size;
  answer.too_large = workload->too_large;
  TRY(add_play(first_of(options), *workload, world, answer));
  if (const auto second = second_of(options)) TRY(add_play(*second, *workload, world, answer));
  return answer;
}

// The log as it went, unless there are two clusters to compare; then its workload on those.
Result<SimAnswer> play_folder(const SimOptions& options, const std::vector<std::string>& names, const SimWorld& world) {
  const bool changed = !options.settings.empty() || (options.compare.empty() && !options.compare_settings.empty());
  if (options.conf.empty() && changed)
    return fail("--set and --compare-set change lines of a slurm.conf: name it with --conf");
  const LogFiles files{names, [&](const std::string& name) { return world.read(options.workload + "/" + name); }};
  bool told = false;
  auto log = play_log(files, !options.picture.empty(), [&](const LogCounts& counts) {
    if (!world.progress_due || !world.progress_due()) return;
    world.err(fmt::format("\r\033[Kslurm-sim: {} records, {} starts", counts.records, counts.starts));
    told = true;
  });
  if (told) world.err("\r\033[K");
  if (!log) return fail(fmt::format("{}: {}", options.workload, text_of(log.error())));
  SimAnswer answer;
  answer.workload = options.workload;
  const Workload& workload = log->workload.workload();
  answer.jobs = workload.jobs.size();
  Cluster first = first_of(options);
  const auto second = second_of(options);
  if (!first.picture.empty() && first.conf.empty())
    TRY(world.write(first.picture, svg_picture(*log->config, workload, log->workload.played(), log->play.report)));
  if (first.conf.empty() || !second) answer.plays.push_back(std::move(log->play));
  if (!first.conf.empty()) TRY(add_play(first, workload, world, answer));
  if (second) TRY(add_play(*second, workload, world, answer));
  return answer;
}

Result<SimAnswer> play_all(const SimOptions& options, const SimWorld& world) {
  const auto folder = options.workload == "-" ? std::nullopt : world.list(options.workload);
  if (!folder) return play_swf(options, world);
  const auto inner = world.list(options.workload + "/log");  // of a StateSaveLocation
  if (!inner) return play_folder(options, *folder, world);
  SimOptions of_log = options;
  of_log.workload += "/log";
  return play_folder(of_log, *inner, world);
}

bool differs(const SimPlay& play) { return play.log && !play.log->differences.empty(); }

}  // namespace

int run_slurm_sim(const SimOptions& options, const SimWorld& world) {
  const auto answer = play_all(options, world);
  if (!answer) {
    world.err(fmt::format("slurm-sim: error: {}\n", text_of(answer.error())));
    return 1;
  }
  if (options.json || options.yaml)
    write_data(*answer, options.json ? DataFormat::json : DataFormat::yaml, world.out);
  else
    world.out(figures_text(*answer, static_cast<std::size_t>(options.users)));
  return std::any_of(answer->plays.begin(), answer->plays.end(), differs) ? 1 : 0;
}

}  // namespace slurmxx
