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
       true}};
  return table;
}

const Row* row_of(std::string_view key) {
  const auto found = std::ranges::find_if(rows(), [&](const Row& row) { return equal_ignoring_case(row.key, key); });
  return found == rows().end() ? nullptr : &*found;
}

std::optional<std::string> known_word(const Row& row, std::string_view text) {
  std::string_view bare = text;
  if (starts_with_ignoring_case(bare, row.kind)) bare.remove_prefix(row.kind.size());
  const auto found = std::ranges::find_if(row.words, [&](auto word) { return equal_ignoring_case(word, bare); });
  if (found == row.words.end()) return std::nullopt;
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
    {"MaxTasksPerNode", "512", "a node runs as many tasks as a step asks for"},
    {"MpiParams", "", "no ports are reserved for steps"},
    {"PropagatePrioProcess", "0", "tasks have the nice value of slurmd"},
    {"SlurmctldPrimaryOnProg", "", "there is one slurmctld"},
    {"SlurmctldPrimaryOffProg", "", "there is one slurmctld"},
    {"SlurmctldAddr", "", "slurmctld is found by SlurmctldHost"},
    {"UsePAM", "0,no", "PAM is not asked, and its limits are not set"},
    {"VSizeFactor", "0", "virtual memory is not limited"},
    {"CpuFreqDef", "Unknown", "frequencies are set for steps with --cpu-freq alone"},
    {"CpuFreqGovernors", "OnDemand,Performance,UserSpace", "--cpu-freq is not held against it"},
    {"GpuFreqDef", "", "frequencies of gpus are not set"},
    {"SlurmctldSyslogDebug", "quiet", "daemons log to their files"},
    {"SlurmdSyslogDebug", "quiet", "daemons log to their files"},
    {"SlurmSchedLogFile", "", "scheduling is told by squeue, sdiag and scontrol explain"},
    {"SwitchParameters", "", "the interconnect is not set up for jobs"},
    {"PriorityParameters", "", "no word of it is known"},
    {"LicenseParameters", "", "no word of it is known"},
    {"CommunicationParameters", "", "no word of it is known"},
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
