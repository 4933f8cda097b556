// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/partition_access.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/configure.h"
#include "core/hostlist/hostlist.h"
#include "core/schedule/obstacles.h"

namespace slurmxx {
namespace {

bool is_listed(const std::vector<std::string>& hostlists, const std::string& host) {
  return std::any_of(hostlists.begin(), hostlists.end(), [&](const std::string& list) {
    const auto names = expand_hostlist(list);
    return names && std::find(names->begin(), names->end(), host) != names->end();
  });
}

// What this partition's own limits say, or where it has none the cluster's.
template <class Value>
std::optional<Value> memory_limit(const PartitionConfig* partition, const ClusterConfig& config,
                                  std::optional<Value> MemoryPolicy::*which) {
  if (partition && partition->limits.memory.*which) return partition->limits.memory.*which;
  return config.scheduling.memory.*which;
}

std::uint32_t parts(MebiBytes whole, MebiBytes most) {
  return static_cast<std::uint32_t>((whole.value + most.value - 1) / most.value);
}

}  // namespace

bool PartitionJudge::in_allowed_group(const Partition& partition) const {
  if (partition.allow_groups.empty() || caller_.uid == root_uid) return true;
  return std::any_of(partition.allow_groups.begin(), partition.allow_groups.end(), [this](const std::string& name) {
    const auto& more = caller_.group_names;
    return name == caller_.group_name || std::find(more.begin(), more.end(), name) != more.end();
  });
}

const Partition& PartitionJudge::open_one(const Partition& partition) const {
  const PartitionConfig* configured = find_partition(config_, partition.name);
  const bool closed = partition.state == PartitionState::inactive || partition.state == PartitionState::drain;
  if (!closed || !configured || configured->access.alternate.empty()) return partition;
  const Partition* other = state_.find_partition(configured->access.alternate);
  return other ? *other : partition;
}

Status PartitionJudge::check_access(const Partition& partition, const JobSpec& spec) const {
  if (partition.state == PartitionState::inactive || partition.state == PartitionState::drain)
    return fail(Errc::partition_not_available);
  if (partition.root_only && caller_.uid != root_uid) return fail(Errc::access_denied);
  if (!in_allowed_group(partition)) return fail(Errc::partition_group_denied);
  const PartitionConfig* configured = find_partition(config_, partition.name);
  const bool by_root = spec.owner.uid == root_uid;
  if (by_root && (config_.identity.disable_root_jobs || (configured && configured->access.disable_root_jobs)))
    return fail(Errc::user_id_missing);
  if (!configured) return {};
  const auto& hosts = configured->access.alloc_nodes;
  if (!hosts.empty() && !is_listed(hosts, spec.labels.submit_host)) return fail(Errc::access_denied);
  if (configured->access.requires_reservation && spec.labels.reservation.empty()) return fail(Errc::access_denied);
  return {};
}

Status PartitionJudge::check_nodes(const Partition& partition, const JobSpec& spec) const {
  const ResourceRequest& asked = spec.resources;
  const PartitionExemption& exempt = spec.placement.exempt;
  // Who says nothing gets MinNodes of one partition; of several each may have another.
  if (!exempt.nodes_min && !asked.nodes_set && spec.placement.partitions.size() > 1 && partition.nodes_min > 1)
    return fail(Errc::partition_config_unavailable);
  if (!exempt.nodes_min && asked.nodes_set && asked.nodes_min < partition.nodes_min)
    return fail(Errc::invalid_node_count);
  const Limit<std::uint32_t>& most = partition.nodes_max;
  const std::uint32_t wanted = asked.nodes_set ? asked.nodes_max.value_or(asked.nodes_min) : asked.nodes_min;
  if (!exempt.nodes_max && !most.unlimited && wanted > most.value) return fail(Errc::invalid_node_count);
  if (asked.nodes_min > partition.nodes.size()) return fail(Errc::invalid_node_count);
  if (spec.placement.nodes_required.empty()) return {};
  TRY_ASSIGN(const HostNames names, expand_hostlist(spec.placement.nodes_required));
  for (const std::string& name : names) {
    NodeIndex index;
    if (!state_.find_node(name, &index)) return fail(Errc::invalid_node_name);
    if (!std::binary_search(partition.nodes.begin(), partition.nodes.end(), index))
      return fail(Errc::requested_nodes_not_in_partition);
  }
  return {};
}

Status PartitionJudge::check_limits(const Partition& partition, const JobSpec& spec) const {
  const auto most = memory_limit(find_partition(config_, partition.name), config_, &MemoryPolicy::max_per_node);
  if (most && spec.resources.memory_per_node.value_or(MebiBytes(0)) > *most) return fail(Errc::invalid_task_memory);
  TRY(check_nodes(partition, spec));
  PlanPartition plan = plan_partition_with_defaults(partition, config_);
  plan.state = PlanPartition::State::up;
  const auto obstacle = partition_obstacle(spec, plan);
  if (obstacle && obstacle->code == ReasonCode::partition_node_limit) return fail(Errc::invalid_node_count);
  if (obstacle && obstacle->code == ReasonCode::partition_time_limit) return fail(Errc::invalid_time_limit);
  const ResourceRequest& asked = spec.resources;
  std::uint64_t cpus = 0;
  for (NodeIndex index : partition.nodes) cpus += state_.find(index)->declared.cpus;
  if (!asked.overcommit && std::uint64_t{asked.tasks} * asked.cpus_per_task > cpus)
    return fail(Errc::too_many_requested_cpus);
  return {};
}

Status PartitionJudge::enforce(const JobSpec& spec, const Lists& lists) const {
  const EnforcePartLimits mode = config_.scheduling.enforce_part_limits;
  if (mode == EnforcePartLimits::no) return {};
  Status refusal;
  for (const std::string& name : spec.placement.partitions) {
    const Partition* partition = state_.find_partition(name);
    if (!partition) return fail(Errc::invalid_partition);
    Status judged = lists(name);
    if (judged) judged = check_limits(*partition, spec);
    if (judged && mode == EnforcePartLimits::any) return {};
    if (!judged && mode == EnforcePartLimits::all) return judged;
    if (!judged) refusal = std::move(judged);
  }
  return refusal;
}

Status PartitionJudge::settle(JobSpec& spec) const {
  std::vector<std::string>& names = spec.placement.partitions;
  if (names.empty()) {
    for (const auto& partition : state_.partitions())
      if (partition->is_default) names.push_back(partition->name);
    if (names.empty()) return fail(Errc::default_partition_not_set);
  }
  std::vector<std::string> taken;
  std::optional<Error> first;
  for (const std::string& name : names) {
    const Partition* named = state_.find_partition(name);
    if (!named) return fail(Errc::invalid_partition, fmt::format("invalid partition specified: {}", name));
    const Partition& partition = open_one(*named);
    const Status judged = check_access(partition, spec);
    const bool closed = !judged && judged.error().code == Errc::partition_not_available;
    if (!judged && !closed && config_.scheduling.enforce_part_limits == EnforcePartLimits::all) return judged;
    if (!judged && !first) first = judged.error();
    if (judged && std::find(taken.begin(), taken.end(), partition.name) == taken.end()) taken.push_back(partition.name);
  }
  if (taken.empty()) return *first;
  names = std::move(taken);
  return {};
}

void respect_memory_per_cpu(JobSpec& spec, const ClusterConfig& config) {
  if (spec.placement.partitions.empty()) return;
  const PartitionConfig* partition = find_partition(config, spec.placement.partitions.front());
  const auto most = memory_limit(partition, config, &MemoryPolicy::max_per_cpu);
  ResourceRequest& asked = spec.resources;
  if (!most || most->value <= 0) return;
  if (asked.memory_per_cpu && *asked.memory_per_cpu > *most) {
    const std::uint32_t more = parts(*asked.memory_per_cpu, *most);
    asked.cpus_per_task *= more;
    asked.memory_per_cpu = MebiBytes((asked.memory_per_cpu->value + more - 1) / more);
  }
  if (asked.memory_per_node && *asked.memory_per_node > *most)
    asked.cpus_per_node_min = std::max(asked.cpus_per_node_min.value_or(1), parts(*asked.memory_per_node, *most));
}

Limit<Minutes> over_time(const ClusterConfig& config, const Job& job) {
  const PartitionConfig* partition = find_partition(config, job.allocation->partition);
  if (!partition || !partition->limits.over_time_limit) return config.timeouts.over_time_limit;
  return *partition->limits.over_time_limit;
}

}  // namespace slurmxx
