// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/demand.h"

#include <algorithm>

#include "core/text/words.h"

namespace slurmxx {

bool is_for_one_user(const JobSpec& spec) { return spec.placement.sharing == Sharing::exclusive_user; }

std::uint32_t jobs_per_core(const JobSpec& spec, const PlanPartition& partition) {
  const bool special = spec.placement.core_spec || spec.placement.thread_spec;
  const bool shares = !special && (partition.sharing_forced || spec.placement.sharing == Sharing::oversubscribe);
  return shares && !partition.whole_nodes ? partition.jobs_per_core : 1;
}

Demand demand_in(const JobSpec& spec, const PlanPartition& partition, const Policies& policies) {
  MemoryDefaults memory;
  memory.consumable = partition.memory_consumable.value_or(policies.memory_consumable);
  memory.per_cpu = partition.memory_per_cpu_default;
  memory.per_node = partition.memory_per_node_default;
  if (!memory.per_cpu && !memory.per_node) {
    memory.per_cpu = policies.memory_per_cpu_default;
    memory.per_node = policies.memory_per_node_default;
  }
  memory.gpu.cpus = partition.gpu_defaults.cpus ? partition.gpu_defaults.cpus : policies.gpu_defaults.cpus;
  memory.gpu.memory = partition.gpu_defaults.memory ? partition.gpu_defaults.memory : policies.gpu_defaults.memory;
  memory.gres = policies.gres;
  const std::uint32_t sharing = jobs_per_core(spec, partition);
  Demand demand = demand_of(spec, memory, partition.whole_nodes || (policies.whole_nodes && sharing <= 1));
  // FORCE:n with n > 1: who asks for whole nodes gets all of their CPUs, and others may have them too.
  const bool shares_all = partition.sharing_forced && sharing > 1 && demand.whole_nodes;
  if (shares_all) demand.whole_nodes = false;
  demand.terms.special.first = policies.spec_cores_first;
  demand.share.all = shares_all || (policies.whole_nodes && sharing > 1);
  demand.share.most = sharing;
  demand.share.whole_sockets = partition.caps.whole_sockets;
  demand.share.cpus_per_socket = partition.caps.cpus_per_socket.value_or(0);
  if (demand.whole_nodes || demand.share.shares() || demand.share.whole_sockets) demand.gres.unbind();
  demand.owner.only_user = demand.owner.only_user || partition.one_user;
  if (policies.one_task_per_core && !spec.resources.tasks_per_core) demand.tasks_per_core_max = 1;
  if (policies.block_of_cores && spec.placement.distribution.empty()) demand.choice.deal = SocketDeal::block;
  if (!spec.placement.exempt.nodes_min && demand.nodes_min < partition.nodes_min) {
    demand.nodes_min = partition.nodes_min;
    demand.nodes_max = std::max(demand.nodes_max, demand.nodes_min);
  }
  if (!partition.nodes_max.unlimited && !spec.placement.exempt.nodes_max)
    demand.nodes_max = std::min(demand.nodes_max, partition.nodes_max.value);
  demand.tasks = std::max(demand.tasks, demand.nodes_min);
  demand.arrangement.least_loaded = partition.least_loaded;
  take_fewer_nodes(demand, demand.nodes_max);
  return demand;
}

const Topology* units_alone(const JobSpec& spec, const PlanPartition& partition) {
  const bool alone = partition.caps.alone_in_units || spec.placement.sharing == Sharing::exclusive_topo;
  return alone ? partition.topology.get() : nullptr;
}

const Topology* topology_for(const JobSpec& spec, const PlanPartition& partition, const Policies& policies) {
  const PlacementRequest& asked = spec.placement;
  if (asked.spread) return nullptr;
  if (policies.topology_optional && asked.switches == 0 && asked.segment == 0) return nullptr;
  return partition.topology.get();
}

NodeMost node_most_of(const TresCounts& limits) {
  NodeMost most;
  for (const TresCount& limit : limits.entries()) {
    if (limit.name == "cpu") most.cpus = limit.count;
    if (limit.name == "mem")
      most.memory = MebiBytes(static_cast<std::int64_t>(std::min<std::uint64_t>(limit.count, INT64_MAX)));
    if (!limit.name.starts_with("gres/")) continue;
    const std::string_view kind = std::string_view(limit.name).substr(5);
    const auto typed = split_once(kind, ':');
    most.gres.push_back(
        {std::string(typed ? typed->first : kind), std::string(typed ? typed->second : ""), limit.count});
  }
  return most;
}

void take_nodes_whole(Demand& demand) {
  demand.whole_nodes = true;
  demand.gres.unbind();
}

void take_fewer_nodes(Demand& demand, std::uint32_t most) {
  demand.nodes_max = std::min(demand.nodes_max, most);
  std::uint32_t& wanted = demand.arrangement.nodes_wanted;
  wanted = std::min(wanted, demand.nodes_max);
  if (wanted <= demand.nodes_min) wanted = 0;
}

void include_quotas(Demand& demand, const JobSpec& spec, const FeatureNeed& need) {
  std::uint32_t least = need.nodes_least;
  for (const FeatureQuota& quota : need.quotas) {
    demand.arrangement.quotas.push_back(quota.count);
    least = std::max(least, quota.count);
  }
  include_required(demand, spec, least);
}

void include_required(Demand& demand, const JobSpec& spec, std::size_t required) {
  const auto count = static_cast<std::uint32_t>(required);
  if (count <= demand.nodes_min) return;
  demand.nodes_min = count;
  if (!spec.resources.nodes_max) demand.nodes_max = std::max(demand.nodes_max, count);
  demand.tasks = std::max(demand.tasks, demand.even_tasks ? count * demand.tasks_per_node_max : count);
}

}  // namespace slurmxx
