// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0

#include "core/config/partitions.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/config/job_defaults.h"
#include "core/config/plugin_words.h"
#include "core/hostlist/hostlist.h"
#include "core/text/words.h"
#include "core/tres/tres_weights.h"

namespace slurmxx {
namespace {

constexpr std::string_view partition_keys[] = {"PartitionName",   "AllocNodes",
                                               "AllowAccounts",   "AllowGroups",
                                               "AllowQos",        "Alternate",
                                               "CpuBind",         "Default",
                                               "DefaultTime",     "DefCpuPerGPU",
                                               "DefMemPerCPU",    "DefMemPerGPU",
                                               "DefMemPerNode",   "DenyAccounts",
                                               "DenyQos",         "DisableRootJobs",
                                               "ExclusiveTopo",   "ExclusiveUser",
                                               "GraceTime",       "Hidden",
                                               "JobDefaults",     "LLN",
                                               "MaxCPUsPerNode",  "MaxCPUsPerSocket",
                                               "MaxMemPerCPU",    "MaxMemPerNode",
                                               "MaxNodes",        "MaxTime",
                                               "MinNodes",        "Nodes",
                                               "OverSubscribe",   "OverTimeLimit",
                                               "PowerDownOnIdle", "PreemptMode",
                                               "Priority",        "PriorityJobFactor",
                                               "PriorityTier",    "QOS",
                                               "ReqResv",         "ResumeTimeout",
                                               "RootOnly",        "SelectTypeParameters",
                                               "Shared",          "State",
                                               "SuspendTime",     "SuspendTimeout",
                                               "Topology",        "TRESBillingWeights"};
constexpr RetiredKey retired_partition_keys[] = {{"MaxShare", "use OverSubscribe"}};

using StateWord = std::pair<std::string_view, PartitionState>;
constexpr StateWord state_words[] = {{"UP", PartitionState::up},
                                     {"DOWN", PartitionState::down},
                                     {"DRAIN", PartitionState::drain},
                                     {"INACTIVE", PartitionState::inactive}};

void read_access(RecordReader& reader, PartitionAccess& access) {
  reader.access_list("AllocNodes", access.alloc_nodes);
  reader.access_list("AllowAccounts", access.allow_accounts);
  reader.access_list("AllowGroups", access.allow_groups);
  reader.access_list("AllowQos", access.allow_qos);
  reader.list("DenyAccounts", access.deny_accounts);
  reader.list("DenyQos", access.deny_qos);
  reader.yes_no("DisableRootJobs", access.disable_root_jobs);
  reader.yes_no("RootOnly", access.root_only);
  reader.yes_no("Hidden", access.hidden);
  reader.yes_no("ReqResv", access.requires_reservation);
  reader.text("QOS", access.qos);
  reader.text("Alternate", access.alternate);
}

void read_limits(RecordReader& reader, PartitionLimits& limits) {
  reader.time_limit("MaxTime", limits.time_max);
  reader.time_limit("DefaultTime", limits.time_default);
  reader.time_limit("OverTimeLimit", limits.over_time_limit);
  reader.count_limit("MaxNodes", limits.nodes_max);
  reader.number("MinNodes", limits.nodes_min);
  reader.count_limit("MaxCPUsPerNode", limits.cpus_per_node_max);
  reader.count_limit("MaxCPUsPerSocket", limits.cpus_per_socket_max);
  reader.memory("DefMemPerCPU", limits.memory.default_per_cpu);
  reader.memory("DefMemPerNode", limits.memory.default_per_node);
  reader.memory("DefMemPerGPU", limits.memory.default_per_gpu);
  reader.memory("MaxMemPerCPU", limits.memory.max_per_cpu);
  reader.memory("MaxMemPerNode", limits.memory.max_per_node);
  if (limits.memory.default_per_cpu && limits.memory.default_per_node) {
    reader.refuse("DefMemPerNode", "DefMemPerCPU is set too, and only one of them may be");
  }
  if (limits.memory.max_per_cpu && limits.memory.max_per_node) {
    reader.refuse("MaxMemPerNode", "MaxMemPerCPU is set too, and only one of them may be");
  }
  if (reader.find("DefCpuPerGPU")) reader.number("DefCpuPerGPU", limits.default_cpus_per_gpu.emplace());
  reader.seconds("GraceTime", limits.grace_time);
}

void read_sharing(RecordReader& reader, std::string_view key, PartitionPolicy& policy) {
  auto value = reader.find(key);
  if (!value) return;
  auto colon = split_once(*value, ':');
  std::string_view word = colon ? colon->first : *value;
  using Word = std::pair<std::string_view, OverSubscribe>;
  constexpr Word words[] = {{"NO", OverSubscribe::no},
                            {"EXCLUSIVE", OverSubscribe::exclusive},
                            {"YES", OverSubscribe::yes},
                            {"FORCE", OverSubscribe::force}};
  auto found = std::ranges::find_if(words, [&](const Word& entry) { return equal_ignoring_case(entry.first, word); });
  if (found == std::end(words)) return reader.refuse(key, "one of NO, EXCLUSIVE, YES[:COUNT], FORCE[:COUNT] is wanted");
  policy.over_subscribe = found->second;
  bool shares = found->second == OverSubscribe::yes || found->second == OverSubscribe::force;
  policy.jobs_per_resource_max = shares ? 4 : 1;
  if (!colon) return;
  Result<std::uint64_t> count = parse_natural(colon->second, {1, 32767});
  if (!shares || !count) return reader.refuse(key, "a count from 1 to 32767 goes with YES or FORCE only");
  policy.jobs_per_resource_max = std::uint32_t(*count);
}

void read_policy(RecordReader& reader, PartitionPolicy& policy) {
  reader.number("Priority", policy.priority_tier, 0, 65533);  // the older name of both
  reader.number("Priority", policy.priority_job_factor, 0, 65533);
  reader.number("PriorityJobFactor", policy.priority_job_factor, 0, 65533);
  reader.number("PriorityTier", policy.priority_tier, 0, 65533);
  read_sharing(reader, "Shared", policy);
  read_sharing(reader, "OverSubscribe", policy);
  bool user = false;
  bool topology = false;
  reader.yes_no("ExclusiveUser", user);
  reader.yes_no("ExclusiveTopo", topology);
  if (user) policy.exclusive = PartitionExclusive::user;
  if (topology) policy.exclusive = PartitionExclusive::topology;
  reader.yes_no("LLN", policy.least_loaded_nodes);
  reader.upper_text("PreemptMode", policy.preempt_mode);
  if (!policy.preempt_mode.empty() && !known_words("PreemptMode", policy.preempt_mode))
    reader.refuse("PreemptMode", words_of("PreemptMode") + " is wanted");
  reader.text("SelectTypeParameters", policy.select_type_parameters);
  constexpr std::string_view units[] = {"", "NONE", "CR_CORE", "CR_CORE_MEMORY", "CR_SOCKET", "CR_SOCKET_MEMORY"};
  if (std::ranges::find(units, upper(policy.select_type_parameters)) == std::end(units))
    reader.refuse("SelectTypeParameters", "CR_Core, CR_Core_Memory, CR_Socket or CR_Socket_Memory is wanted");
  read_cpu_bind(reader, policy.cpu_bind);
  reader.text("JobDefaults", policy.job_defaults);
  if (const auto defaults = parse_job_defaults(policy.job_defaults); !defaults)
    reader.refuse("JobDefaults", defaults.error().message);
  reader.text("TRESBillingWeights", policy.tres_billing_weights);
  if (const auto weights = parse_tres_weights(policy.tres_billing_weights); !weights)
    reader.refuse("TRESBillingWeights", weights.error().message);
  reader.text("Topology", policy.topology);
  reader.yes_no("PowerDownOnIdle", policy.power_down_on_idle);
  reader.seconds("ResumeTimeout", policy.resume_timeout);
  reader.seconds("SuspendTimeout", policy.suspend_timeout);
  if (reader.find("SuspendTime")) reader.seconds_limit("SuspendTime", policy.suspend_time.emplace());
}

Result<PartitionConfig> read_partition(const std::string& place, const KeyValues& values) {
  PartitionConfig partition;
  TRY(read_partition_keys(place, values, partition));
  return partition;
}

std::string names_of(const std::vector<NodeIndex>& indices, const std::vector<NodeConfig>& nodes) {
  HostNames names;
  for (NodeIndex index : indices) names.push_back(nodes[index.value].name);
  return fold_hosts_sorted(std::move(names));
}

}  // namespace

Status read_partition_keys(const std::string& place, const KeyValues& values, PartitionConfig& partition) {
  RecordReader reader(place, values);
  reader.text("PartitionName", partition.name);
  reader.yes_no("Default", partition.is_default);
  reader.word("State", partition.state, std::span<const StateWord>(state_words));
  read_access(reader, partition.access);
  read_limits(reader, partition.limits);
  read_policy(reader, partition.policy);
  return reader.done();
}

Status PartitionRecords::add(const Statement& statement, const NodeRecords& nodes, Warnings& warnings) {
  KeyValues values = defaults_;
  TRY(add_settings(statement, {"partition", partition_keys, retired_partition_keys}, values, warnings));
  const std::string place = place_of(statement);
  TRY_ASSIGN(PartitionConfig shape, read_partition(place, values));
  if (equal_ignoring_case(shape.name, "DEFAULT")) {
    values.erase("partitionname");
    defaults_ = std::move(values);
    return {};
  }
  TRY_ASSIGN(shape.nodes, nodes.resolve(values["nodes"], place));
  shape.nodes_text = names_of(shape.nodes, nodes.nodes());
  shape.nodes_asked = values["nodes"];
  if (split_commas(shape.name).empty()) return fail(place + ": PartitionName is empty");
  for (std::string_view name : split_commas(shape.name)) {
    PartitionConfig partition = shape;
    partition.name = name;
    for (PartitionConfig& other : partitions_) {
      if (other.name == name) return fail(fmt::format("{}: partition {} is defined twice", place, name));
      if (!other.is_default || !partition.is_default) continue;
      warnings.push_back(fmt::format("{}: Default=YES moves from partition {} to {}", place, other.name, name));
      other.is_default = false;
    }
    partitions_.push_back(std::move(partition));
  }
  return {};
}

}  // namespace slurmxx
