// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/partition_settings.h"

#include <fmt/format.h>

#include "control/configure.h"
#include "core/preempt/rules.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

std::string limit_text(const Limit<std::uint32_t>& limit) {
  return limit.unlimited ? "UNLIMITED" : fmt::to_string(limit.value);
}

std::string or_all(const std::vector<std::string>& names) { return names.empty() ? "ALL" : join(names, ","); }

std::string gpu_defaults_text(const PartitionConfig& config) {
  const GpuDefaults defaults = gpu_defaults_of(config);
  std::string text;
  if (defaults.cpus) text = fmt::format("DefCpuPerGPU={}", *defaults.cpus);
  if (defaults.memory) text += fmt::format("{}DefMemPerGPU={}", text.empty() ? "" : ",", defaults.memory->value);
  return text;
}

std::string preempt_words(const std::string& written) {
  const PreemptModes modes = parse_preempt_modes(written).value_or(PreemptModes{});
  std::vector<std::string> words;
  if (modes.gang) words.push_back("GANG");
  if (modes.within) words.push_back("WITHIN");
  if (modes.mode != PreemptMode::off || words.empty()) words.push_back(upper(preempt_mode_name(modes.mode)));
  return join(words, ",");
}

std::string over_time(const PartitionLimits& limits) {
  if (!limits.over_time_limit) return "";
  return limits.over_time_limit->unlimited ? "UNLIMITED" : fmt::to_string(limits.over_time_limit->value.value);
}

}  // namespace

std::string sharing_text(const Partition& partition) {
  if (partition.exclusive) return "EXCLUSIVE";
  if (partition.jobs_per_core == 0) return "NO";
  return fmt::format("{}:{}", partition.sharing_forced ? "FORCE" : "YES", partition.jobs_per_core);
}

std::vector<KeyValue> partition_settings(const PartitionConfig& config, const std::string& cluster_preempt_mode) {
  const PartitionAccess& access = config.access;
  const PartitionLimits& limits = config.limits;
  auto yes_no = [](bool on) { return std::string(on ? "YES" : "NO"); };
  auto memory = [](const std::optional<MebiBytes>& size) { return size ? fmt::to_string(size->value) : std::string(); };
  const PartitionPolicy& policy = config.policy;
  return {{"AllocNodes", or_all(access.alloc_nodes)},
          {"AllowQos", or_all(access.allow_qos)},
          {"DenyAccounts", join(access.deny_accounts, ",")},
          {"DenyQos", join(access.deny_qos, ",")},
          {"DisableRootJobs", yes_no(access.disable_root_jobs)},
          {"ReqResv", yes_no(access.requires_reservation)},
          {"QoS", access.qos.empty() ? "N/A" : access.qos},
          {"Alternate", access.alternate},
          {"GraceTime", fmt::to_string(limits.grace_time.value)},
          {"MaxCPUsPerNode", limit_text(limits.cpus_per_node_max)},
          {"MaxCPUsPerSocket", limit_text(limits.cpus_per_socket_max)},
          {"DefMemPerCPU", memory(limits.memory.default_per_cpu)},
          {"DefMemPerNode", memory(limits.memory.default_per_node)},
          {"MaxMemPerCPU", memory(limits.memory.max_per_cpu)},
          {"MaxMemPerNode", memory(limits.memory.max_per_node)},
          {"LLN", yes_no(policy.least_loaded_nodes)},
          {"PreemptMode", preempt_words(policy.preempt_mode.empty() ? cluster_preempt_mode : policy.preempt_mode)},
          {"SelectTypeParameters", policy.select_type_parameters},
          {"JobDefaults", gpu_defaults_text(config)},
          {"OverTimeLimit", over_time(limits)},
          {"ExclusiveUser", yes_no(policy.exclusive == PartitionExclusive::user)},
          {"TRESBillingWeights", policy.tres_billing_weights}};
}

}  // namespace slurmxx
