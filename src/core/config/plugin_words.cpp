// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0

#include "core/config/plugin_words.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/text/words.h"

namespace slurmxx {
namespace {

struct Row {
  std::string_view key;
  std::string_view kind;  // what stands before the words: "sched/"
  std::vector<std::string_view> words;
  bool is_list = false;
};

// A word that ends with '=' has a value.
std::vector<std::string_view> controller_words() {
  return {"allow_user_triggers",
          "cloud_dns",
          "cloud_reg_addrs",
          "conmgr_connect_timeout=",
          "conmgr_max_connections=",
          "conmgr_quiesce_timeout=",
          "conmgr_read_timeout=",
          "conmgr_threads=",
          "conmgr_use_poll",
          "conmgr_wait_write_delay=",
          "conmgr_write_timeout=",
          "disable_triggers",
          "enable_async_reply",
          "enable_configless",
          "enable_expedited_requeue",
          "enable_job_state_cache",
          "enable_rpc_queue",
          "enable_stepmgr",
          "idle_on_node_suspend",
          "limit_interactive",
          "max_dbd_msg_action=",
          "max_powered_nodes=",
          "no_quick_restart",
          "node_reg_mem_percent=",
          "power_save_interval=",
          "power_save_min_interval=",
          "preempt_send_user_signal",
          "reboot_from_controller",
          "reconfig_on_restart",
          "rl_bucket_size=",
          "rl_enable",
          "rl_log_freq=",
          "rl_refill_period=",
          "rl_refill_rate=",
          "rl_table_size=",
          "user_resv_delete",
          "validate_nodeaddr_threads="};
}

std::vector<std::string_view> debug_words() {
  return {"Accrue",         "Agent",        "AuditRPCs",     "AuditTLS",  "Backfill",     "BackfillMap",
          "BurstBuffer",    "Cgroup",       "ConMgr",        "CPU_Bind",  "CpuFrequency", "Data",
          "DB_Archive",     "DB_Assoc",     "DB_Event",      "DB_Job",    "DB_QOS",       "DB_Query",
          "DB_Reservation", "DB_Resource",  "DB_Step",       "DB_TRES",   "DB_Usage",     "DB_WCKey",
          "DBD_Agent",      "Dependency",   "Elasticsearch", "Energy",    "Federation",   "FrontEnd",
          "Gang",           "Glob_Silence", "Gres",          "Hetjob",    "Interconnect", "JAG",
          "JobComp",        "JobContainer", "Kafka",         "License",   "Metrics",      "Network",
          "NetworkRaw",     "NodeFeatures", "NO_CONF_HASH",  "Power",     "Priority",     "Profile",
          "Protocol",       "Reservation",  "Route",         "Script",    "SelectType",   "Steps",
          "Switch",         "Thread",       "TLS",           "TraceJobs", "Triggers",     "WorkQueue"};
}

std::vector<std::string_view> communication_words() {
  return {"block_null_hash",
          "CheckGhalQuiesce",
          "DisableIPv4",
          "disable_http",
          "EnableIPv6",
          "getnameinfo_cache_timeout=",
          "host_unreach_retry_count=",
          "keepaliveinterval=",
          "keepaliveprobes=",
          "keepalivetime=",
          "NoAddrCache",
          "NoCtldInAddrAny",
          "NoInAddrAny"};
}

const std::vector<Row>& rows() {
  static const std::vector<Row> table = {
      {"SchedulerType", "sched/", {"backfill", "builtin"}},
      {"SelectType", "select/", {"cons_tres", "cons_res", "linear"}},
      {"PriorityType", "priority/", {"multifactor", "basic"}},
      {"PreemptType", "preempt/", {"none", "partition_prio", "qos"}},
      {"PreemptMode", "", {"OFF", "CANCEL", "REQUEUE", "SUSPEND", "GANG", "WITHIN"}, true},
      {"TopologyPlugin", "topology/", {"default", "flat", "none", "tree", "block"}},
      {"MCSPlugin", "mcs/", {"none", "account", "group", "label", "user"}},
      {"ProctrackType", "proctrack/", {"cgroup", "linuxproc", "pgid"}},
      {"TaskPlugin", "task/", {"affinity", "cgroup", "none"}, true},
      {"JobAcctGatherType", "jobacct_gather/", {"cgroup", "linux", "none"}},
      {"AccountingStorageType", "accounting_storage/", {"slurmdbd", "none"}},
      {"PriorityUsageResetPeriod", "", {"NONE", "NOW", "DAILY", "WEEKLY", "MONTHLY", "QUARTERLY", "YEARLY"}},
      {"PropagateResourceLimits",
       "",
       {"ALL", "NONE", "AS", "CORE", "CPU", "DATA", "FSIZE", "MEMLOCK", "NOFILE", "NPROC", "RSS", "STACK"},
       true},
      {"DebugFlags", "", debug_words(), true},
      {"TaskPluginParam",
       "",
       {"None", "Cores", "Sockets", "Threads", "SlurmdOffSpec", "SlurmdSpecOverride", "OOMKillStep", "Verbose",
        "Autobind="},
       true},
      {"CommunicationParameters", "", communication_words(), true},
      {"SlurmctldParameters", "", controller_words(), true}};
  return table;
}

const Row* row_of(std::string_view key) {
  const auto found = std::ranges::find_if(rows(), [&](const Row& row) { return equal_ignoring_case(row.key, key); });
  return found == rows().end() ? nullptr : &*found;
}

std::optional<std::string> known_word(const Row& row, std::string_view text) {
  std::string_view bare = text;
  if (starts_with_ignoring_case(bare, row.kind)) bare.remove_prefix(row.kind.size());
  const std::size_t equals = bare.find('=');
  const std::string_view name = equals == std::string_view::npos ? bare : bare.substr(0, equals + 1);
  const auto found = std::ranges::find_if(row.words, [&](auto word) { return equal_ignoring_case(word, name); });
  if (found == row.words.end()) return std::nullopt;
  if (name.size() < bare.size()) return std::string(*found) + std::string(bare.substr(name.size()));
  return std::string(row.kind) + std::string(*found);
}

struct NotHere {
  std::string_view key;
  std::string_view usual;  // values that need no word, beside none
  std::string_view what;
};
constexpr NotHere not_here[] = {
    {"JobSubmitPlugins", "", "jobs are neither changed nor refused by it"},
    {"CliFilterPlugins", "", "options are neither changed nor refused by it"},
    {"BurstBufferType", "", "burst buffers are not staged"},
    {"NodeFeaturesPlugins", "node_features/helpers,helpers", "features of nodes are those of slurm.conf and scontrol"},
    {"PrioritySiteFactorPlugin", "", "the site factor is what scontrol update SiteFactor= says"},
    {"JobCompType", "jobcomp/filetxt,jobcomp/jsonlines", "nothing is written when a job ends"},
    {"PrEpPlugins", "prep/script", "Prolog and Epilog are programs alone"},
    {"AcctGatherEnergyType", "", "energy is not measured"},
    {"AcctGatherFilesystemType", "", "it is not measured"},
    {"AcctGatherInterconnectType", "", "it is not measured"},
    {"AcctGatherProfileType", "", "profiles are not written"},
    {"NamespaceType", "", "jobs share the namespaces of the node"},
    {"SwitchType", "", "the interconnect is not set up for jobs"},
    {"TLSType", "tls/none", "messages are signed and not encrypted"},
    {"PlugStackConfig", "", "no SPANK plugin is loaded"},
    {"JobAcctGatherParams", "", "memory is measured and not limited by it"},
    {"SlurmctldPrimaryOnProg", "", "there is one slurmctld"},
    {"SlurmctldPrimaryOffProg", "", "there is one slurmctld"},
    {"SlurmctldAddr", "", "slurmctld is found by SlurmctldHost"},
    {"UsePAM", "0,no", "PAM is not asked, and its limits are not set"},
    {"VSizeFactor", "0", "virtual memory is not limited"},
    {"CpuFreqDef", "Unknown", "frequencies are set for steps with --cpu-freq alone"},
    {"GpuFreqDef", "", "frequencies of gpus are not set"},
    {"SlurmctldSyslogDebug", "quiet", "daemons log to their files"},
    {"SlurmdSyslogDebug", "quiet", "daemons log to their files"},
    {"SlurmSchedLogFile", "", "scheduling is told by squeue, sdiag and scontrol explain"},
    {"SwitchParameters", "", "the interconnect is not set up for jobs"},
    {"PriorityParameters", "", "no word of it is known"},
    {"LicenseParameters", "", "no word of it is known"},
    {"CommunicationParameters", "", "connections are kept alive and addresses looked up as the system does it"},
    {"JobCompPassScript", "0,no", "scripts are not passed to what is told of ended jobs"},
    {"ReconfigFlags", "", "what scontrol changed stays until the file changes"},
    {"AccountingStorageExternalHost", "", "there is one slurmdbd"},
    {"AccountingStorageParameters", "", "no word of it is known"},
    {"AuthAltTypes", "", "tokens are not in this version"},
    {"AuthAltParameters", "", "tokens are not in this version"},
    {"MetricsType", "", "metrics are not served"}};

}  // namespace

std::optional<std::string> known_words(std::string_view key, std::string_view text) {
  const Row* row = row_of(key);
  if (row == nullptr) return std::string(text);
  if (!row->is_list) return known_word(*row, text);
  std::string known;
  for (const std::string_view word : split_commas(text)) {
    const auto one = known_word(*row, word);
    if (!one) return std::nullopt;
    known += (known.empty() ? "" : ",") + *one;
  }
  return known;
}

std::string words_of(std::string_view key) {
  std::string text;
  const Row* row = row_of(key);
  if (row == nullptr) return text;
  for (std::size_t i = 0; i < row->words.size(); ++i)
    text += fmt::format("{}{}{}", i == 0 ? "" : i + 1 == row->words.size() ? " or " : ", ", row->kind, row->words[i]);
  return row->is_list ? "a list of " + text : text;
}

bool is_no_plugin(std::string_view text) {
  return text.empty() || text.ends_with("/none") || equal_ignoring_case(text, "none") ||
         equal_ignoring_case(text, "(null)");
}

std::vector<std::string> plugins_without_effect(const KeyValues& values) {
  std::vector<std::string> lines;
  for (const NotHere& one : not_here) {
    const auto value = values.find(lower(one.key));
    if (value == values.end() || is_no_plugin(value->second)) continue;
    if (one.usual == value->second || std::ranges::count(split_commas(one.usual), value->second) > 0) continue;
    lines.push_back(fmt::format("{}={} has no effect here: {}", one.key, value->second, one.what));
  }
  return lines;
}

}  // namespace slurmxx
