// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/config/write_config.h"

#include <fmt/format.h>

#include "core/config/keys.h"
#include "core/hostlist/hostlist.h"
#include "core/text/time_text.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

std::string quoted(std::string_view value) {
  if (!value.empty() && value.find_first_of(" \t#\"\\") == std::string_view::npos) return std::string(value);
  std::string text = "\"";
  for (char c : value) {
    if (c == '"') text += '\\';
    text += c;
  }
  return text + '"';
}

// KEY=VALUE after KEY=VALUE; what is at its default is left out.
class Line {
 public:
  void add(std::string_view key, std::string_view value) {
    text_ += fmt::format("{}{}={}", text_.empty() ? "" : " ", key, quoted(value));
  }
  void text(std::string_view key, std::string_view value) {
    if (!value.empty()) add(key, value);
  }
  void list(std::string_view key, const std::vector<std::string>& values) { text(key, join(values, ",")); }
  template <class Number>
  void number(std::string_view key, Number value, Number absent) {
    if (value != absent) add(key, fmt::to_string(value));
  }
  void flag(std::string_view key, bool on) {
    if (on) add(key, "YES");
  }
  void memory(std::string_view key, const std::optional<MebiBytes>& size) {
    if (size) add(key, fmt::to_string(size->value));
  }
  void limit(std::string_view key, const Limit<std::uint32_t>& limit) {
    if (!limit.unlimited) add(key, fmt::to_string(limit.value));
  }
  void seconds(std::string_view key, const std::optional<Seconds>& value) {
    if (value) add(key, fmt::to_string(value->value));
  }
  std::string take() { return std::move(text_) + "\n"; }

 private:
  std::string text_;
};

constexpr const char* start_states[] = {"UNKNOWN", "DOWN", "DRAIN", "FAIL", "FAILING", "FUTURE", "CLOUD", "EXTERNAL"};
constexpr const char* partition_states[] = {"UP", "DOWN", "DRAIN", "INACTIVE"};

std::string names_of(const std::vector<NodeIndex>& indices, const ClusterConfig& config) {
  HostFolder names;
  for (NodeIndex index : indices) names.add(config.nodes[index.value].name);
  return names.take();
}

std::string globals(const ClusterConfig& config) {
  std::string text;
  for (const GlobalValue& value : config.globals) {
    const ConfigKey* key = find_config_key(value.name);
    if (key == nullptr || value.value.empty() || value.value == key->initial) continue;
    text += fmt::format("{}={}\n", value.name, quoted(value.value));
  }
  return text;
}

std::string node_line(const NodeConfig& node) {
  const NodeHardware& shape = node.hardware;
  Line line;
  line.add("NodeName", node.name);
  if (node.hostname != node.name) line.add("NodeHostname", node.hostname);
  if (node.address != node.hostname) line.add("NodeAddr", node.address);
  line.text("BcastAddr", node.bcast_address);
  line.add("Port", fmt::to_string(node.port));
  line.add("CPUs", fmt::to_string(shape.cpus));
  line.number("Boards", shape.boards, 1u);
  line.add("Sockets", fmt::to_string(shape.sockets));
  line.add("CoresPerSocket", fmt::to_string(shape.cores_per_socket));
  line.add("ThreadsPerCore", fmt::to_string(shape.threads_per_core));
  line.memory("RealMemory", shape.real_memory);
  line.memory("TmpDisk", shape.tmp_disk);
  line.number("CoreSpecCount", node.specialization.core_spec_count, 0u);
  line.text("CpuSpecList", node.specialization.cpu_spec_list);
  line.memory("MemSpecLimit", node.specialization.mem_spec_limit);
  line.number("Weight", node.weight, 1u);
  line.list("Feature", node.features);
  line.text("Gres", node.gres);
  line.add("State", start_states[static_cast<std::size_t>(node.state)]);
  line.text("Reason", node.reason);
  line.text("CpuBind", node.cpu_bind);
  line.text("Extra", node.extra);
  line.text("Topology", node.topology);
  line.text("RestUrl", node.rest_url);
  return line.take();
}

void access_of(Line& line, const PartitionAccess& access) {
  line.list("AllocNodes", access.alloc_nodes);
  line.list("AllowAccounts", access.allow_accounts);
  line.list("AllowGroups", access.allow_groups);
  line.list("AllowQos", access.allow_qos);
  line.list("DenyAccounts", access.deny_accounts);
  line.list("DenyQos", access.deny_qos);
  line.flag("DisableRootJobs", access.disable_root_jobs);
  line.flag("RootOnly", access.root_only);
  line.flag("Hidden", access.hidden);
  line.flag("ReqResv", access.requires_reservation);
  line.text("QOS", access.qos);
  line.text("Alternate", access.alternate);
}

void limits_of(Line& line, const PartitionLimits& limits) {
  if (!limits.time_max.unlimited) line.add("MaxTime", duration_long(limits.time_max));
  if (limits.time_default) line.add("DefaultTime", duration_long(*limits.time_default));
  if (limits.over_time_limit)
    line.add("OverTimeLimit", limits.over_time_limit->unlimited ? std::string("UNLIMITED")
                                                                : fmt::to_string(limits.over_time_limit->value.value));
  line.limit("MaxNodes", limits.nodes_max);
  line.number("MinNodes", limits.nodes_min, 0u);
  line.limit("MaxCPUsPerNode", limits.cpus_per_node_max);
  line.limit("MaxCPUsPerSocket", limits.cpus_per_socket_max);
  line.memory("DefMemPerCPU", limits.memory.default_per_cpu);
  line.memory("DefMemPerNode", limits.memory.default_per_node);
  line.memory("DefMemPerGPU", limits.memory.default_per_gpu);
  line.memory("MaxMemPerCPU", limits.memory.max_per_cpu);
  line.memory("MaxMemPerNode", limits.memory.max_per_node);
  if (limits.default_cpus_per_gpu) line.add("DefCpuPerGPU", fmt::to_string(*limits.default_cpus_per_gpu));
  line.number("GraceTime", limits.grace_time.value, std::int64_t{0});
}

std::string sharing_of(const PartitionPolicy& policy) {
  switch (policy.over_subscribe) {
    case OverSubscribe::exclusive:
      return "EXCLUSIVE";
    case OverSubscribe::yes:
      return fmt::format("YES:{}", policy.jobs_per_resource_max);
    case OverSubscribe::force:
      return fmt::format("FORCE:{}", policy.jobs_per_resource_max);
    case OverSubscribe::no:
      break;
  }
  return "";
}

void policy_of(Line& line, const PartitionPolicy& policy) {
  line.number("PriorityJobFactor", policy.priority_job_factor, 1u);
  line.number("PriorityTier", policy.priority_tier, 1u);
  line.text("OverSubscribe", sharing_of(policy));
  line.flag("ExclusiveUser", policy.exclusive == PartitionExclusive::user);
  line.flag("ExclusiveTopo", policy.exclusive == PartitionExclusive::topology);
  line.flag("LLN", policy.least_loaded_nodes);
  line.text("PreemptMode", policy.preempt_mode);
  line.text("SelectTypeParameters", policy.select_type_parameters);
  line.text("CpuBind", policy.cpu_bind);
  line.text("JobDefaults", policy.job_defaults);
  line.text("TRESBillingWeights", policy.tres_billing_weights);
  line.text("Topology", policy.topology);
  line.flag("PowerDownOnIdle", policy.power_down_on_idle);
  line.seconds("ResumeTimeout", policy.resume_timeout);
  line.seconds("SuspendTimeout", policy.suspend_timeout);
  if (policy.suspend_time)
    line.add("SuspendTime", policy.suspend_time->unlimited ? std::string("INFINITE")
                                                           : fmt::to_string(policy.suspend_time->value.value));
}

std::string partition_line(const PartitionConfig& partition, const ClusterConfig& config) {
  Line line;
  line.add("PartitionName", partition.name);
  line.text("Nodes", partition.nodes_asked.empty() ? names_of(partition.nodes, config) : partition.nodes_asked);
  line.flag("Default", partition.is_default);
  line.add("State", partition_states[static_cast<std::size_t>(partition.state)]);
  access_of(line, partition.access);
  limits_of(line, partition.limits);
  policy_of(line, partition.policy);
  return line.take();
}

}  // namespace

std::string write_config(const ClusterConfig& config) {
  std::string text = globals(config);
  for (const NodeConfig& node : config.nodes) text += node_line(node);
  for (const NodeSetConfig& set : config.node_sets)
    text += fmt::format("NodeSet={}{}{}\n", set.name, set.feature.empty() ? "" : " Feature=" + set.feature,
                        set.nodes.empty() ? "" : " Nodes=" + names_of(set.nodes, config));
  for (const DownNodesConfig& down : config.down_nodes)
    text += fmt::format("DownNodes={} State={} Reason={}\n", names_of(down.nodes, config),
                        start_states[static_cast<std::size_t>(down.state)], quoted(down.reason));
  for (const PartitionConfig& partition : config.partitions) text += partition_line(partition, config);
  return text;
}

}  // namespace slurmxx
