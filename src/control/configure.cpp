// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
// Field by field; what only print needs stays in the configuration.
#include "control/configure.h"

#include <algorithm>
#include <string_view>

#include "core/config/job_defaults.h"
#include "core/config/scheduler_parameters.h"
#include "core/model/index_set.h"
#include "core/text/words.h"
#include "core/topology/node_topology.h"
#include "state/codec.h"

namespace slurmxx {
namespace {

NodeBase base_of(NodeStartState state) {
  switch (state) {
    case NodeStartState::down:
      return NodeBase::down;
    case NodeStartState::future:
      return NodeBase::future;
    default:
      return NodeBase::unknown;
  }
}

ClusterConfigured::NodeRow row_of(const NodeConfig& node, const FeatureHelpers& helpers) {
  const NodeHardware& hw = node.hardware;
  ClusterConfigured::NodeRow row;
  row.name = node.name;
  row.shape = {hw.cpus, hw.boards, hw.sockets, hw.cores_per_socket, hw.threads_per_core, hw.real_memory, hw.tmp_disk};
  std::vector<std::string> lasting = node.features;  // slurmd tells which of the others are set
  std::erase_if(lasting, [&](const std::string& feature) { return helpers.is_changeable(feature); });
  row.features = join(lasting, ",");
  row.weight = node.weight;
  row.base = base_of(node.state);
  row.gres = node.gres;
  row.cloud = node.state == NodeStartState::cloud;
  return row;
}

}  // namespace

Partition partition_of(const PartitionConfig& config) {
  Partition partition;
  partition.name = config.name;
  partition.nodes = config.nodes;
  partition.nodes_asked = config.nodes_asked;
  partition.state = config.state;
  partition.is_default = config.is_default;
  partition.time_max = config.limits.time_max;
  partition.time_default = config.limits.time_default;
  partition.nodes_min = config.limits.nodes_min;
  partition.nodes_max = config.limits.nodes_max;
  partition.priority_tier = config.policy.priority_tier;
  partition.priority_job_factor = config.policy.priority_job_factor;
  partition.allow_groups = config.access.allow_groups;
  partition.allow_accounts = config.access.allow_accounts;
  partition.root_only = config.access.root_only;
  partition.hidden = config.access.hidden;
  partition.exclusive = config.policy.over_subscribe == OverSubscribe::exclusive;
  partition.sharing_forced = config.policy.over_subscribe == OverSubscribe::force;
  if (partition.sharing_forced || config.policy.over_subscribe == OverSubscribe::yes)
    partition.jobs_per_core = config.policy.jobs_per_resource_max;
  return partition;
}

ClusterConfigured configured_event(const ClusterConfig& config) {
  ClusterConfigured event;
  event.text = encode(config);
  for (const NodeConfig& node : config.nodes) event.nodes.push_back(row_of(node, config.helpers));
  for (const PartitionConfig& partition : config.partitions) event.partitions.push_back(partition_of(partition));
  event.first_job_id = JobId(config.jobs.first_job_id);
  return event;
}

Status check_fits(const ClusterConfig& config, const State& state) {
  State probe = state;  // a copy is cheap
  return apply(
      probe, Record{LogPosition(state.position().value + 1), state.at(), RequestId(), configured_event(config, state)});
}

namespace {

// As the time limits say to the second: bf_resolution is for schedulers that have to save time.
std::optional<Backfill> backfill_of(const BackfillParameters& asked) {
  if (asked.times.interval < Seconds(0)) return {};
  Backfill backfill;
  backfill.window = to_seconds(asked.times.window);
  backfill.max_job_test = asked.depths.max_job_test;
  backfill.max_job_part = asked.depths.max_job_part;
  backfill.max_job_user = asked.depths.max_job_user;
  backfill.max_job_user_part = asked.depths.max_job_user_part;
  backfill.max_job_assoc = asked.depths.max_job_assoc;
  backfill.max_job_start = asked.depths.max_job_start;
  backfill.max_job_array_resv = asked.depths.max_job_array_resv;
  backfill.job_part_count_reserve = asked.reserves.job_part_count_reserve;
  backfill.min_age_reserve = asked.reserves.min_age_reserve;
  backfill.one_resv_per_job = asked.reserves.one_resv_per_job;
  backfill.licenses = asked.reserves.licenses;
  backfill.allow_magnetic_slot = asked.reserves.allow_magnetic_slot;
  if (asked.reserves.min_prio_reserve > 0)
    backfill.min_prio_reserve =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(asked.reserves.min_prio_reserve, UINT32_MAX));
  return backfill;
}

CpuUnit unit_of(ConsumableUnit unit) {
  switch (unit) {
    case ConsumableUnit::cpu:
      return CpuUnit::cpu;
    case ConsumableUnit::core:
      return CpuUnit::core;
    case ConsumableUnit::socket:
      return CpuUnit::socket;
    case ConsumableUnit::board:
      return CpuUnit::board;
  }
  return CpuUnit::core;
}

// What a partition gives out by SelectTypeParameters of its own: where the cluster gives out cores or sockets, it may
// give out the other.
std::optional<ConsumableUnit> own_unit(std::string_view own, const ClusterConfig& config) {
  const ConsumableUnit all = config.scheduling.consumable;
  if (all != ConsumableUnit::core && all != ConsumableUnit::socket) return {};
  if (contains_ignoring_case(own, "CR_SOCKET")) return ConsumableUnit::socket;
  if (contains_ignoring_case(own, "CR_CORE")) return ConsumableUnit::core;
  return {};
}

// Where some partition gives out cores all units are cores.
CpuUnit common_unit(const ClusterConfig& config) {
  const auto gives_cores = [&](const PartitionConfig& partition) {
    return own_unit(partition.policy.select_type_parameters, config) == ConsumableUnit::core;
  };
  return unit_of(std::ranges::any_of(config.partitions, gives_cores) ? ConsumableUnit::core
                                                                     : config.scheduling.consumable);
}

}  // namespace

// The keys themselves, and JobDefaults=DefCpuPerGPU=...,DefMemPerGPU=...
GpuDefaults gpu_defaults_of(const ClusterConfig& config) {
  GpuDefaults defaults;
  for (const GlobalValue& value : config.globals) {
    if (value.name != "JobDefaults") continue;
    if (const auto said = parse_job_defaults(value.value)) defaults = *said;
  }
  for (const GlobalValue& value : config.globals)
    if (value.name == "DefCpuPerGPU")
      if (const auto number = parse_natural(value.value)) defaults.cpus = static_cast<std::uint32_t>(*number);
  if (config.scheduling.memory.default_per_gpu) defaults.memory = config.scheduling.memory.default_per_gpu;
  return defaults;
}

GpuDefaults gpu_defaults_of(const PartitionConfig& config) {
  GpuDefaults defaults;
  if (const auto said = parse_job_defaults(config.policy.job_defaults)) defaults = *said;
  if (config.limits.default_cpus_per_gpu) defaults.cpus = config.limits.default_cpus_per_gpu;
  if (config.limits.memory.default_per_gpu) defaults.memory = config.limits.memory.default_per_gpu;
  return defaults;
}

Policies policies_of(const ClusterConfig& config) {
  Policies policies;
  policies.unit = common_unit(config);
  policies.memory_consumable = config.scheduling.memory_is_consumable;
  policies.whole_nodes = config.scheduling.select_type == "select/linear";
  const std::string& select = config.scheduling.select_type_parameters;
  policies.one_task_per_core = contains_ignoring_case(select, "CR_ONE_TASK_PER_CORE");
  policies.block_of_cores = contains_ignoring_case(select, "CR_CORE_DEFAULT_DIST_BLOCK");
  policies.gres = {contains_ignoring_case(select, "ENFORCE_BINDING_GRES"),
                   contains_ignoring_case(select, "MULTIPLE_SHARING_GRES_PJ"),
                   contains_ignoring_case(select, "ONE_TASK_PER_SHARING_GRES"),
                   contains_ignoring_case(select, "LL_SHARED_GRES")};
  policies.memory_per_cpu_default = config.scheduling.memory.default_per_cpu;
  policies.memory_per_node_default = config.scheduling.memory.default_per_node;
  const SchedulerParameters asked = parse_scheduler_parameters(config.scheduling.scheduler_parameters);
  if (config.scheduling.scheduler_type != "sched/builtin") policies.backfill = backfill_of(asked.backfill);
  if (policies.backfill) policies.backfill->least_limit_soft = asked.placement.time_min_as_soft_limit;
  policies.gpu_defaults = gpu_defaults_of(config);
  policies.topology_optional = contains_ignoring_case(config.scheduling.topology_param, "TopoOptional");
  policies.switches_wait_max = asked.placement.max_switch_wait;
  policies.slowdown_order = asked.main.slowdown_order;
  policies.assoc_limit_stop = asked.main.assoc_limit_stop;
  policies.pack_serial_at_end = asked.placement.pack_serial_at_end;
  policies.may_use_spec = config.jobs.allow_spec_resources_usage;
  policies.spec_cores_first = asked.placement.spec_cores_first;
  policies.partition_job_depth = asked.main.partition_job_depth;
  policies.sched_max_job_start = asked.main.sched_max_job_start;
  policies.ignores.features = asked.submission.ignore_constraint_validation;
  policies.ignores.prefer = asked.submission.ignore_prefer_validation;
  return policies;
}

// Of CoreSpecCount: the last cores, of one socket after the other; with spec_cores_first the first.
SystemShare system_share_of(const NodeConfig& node, bool first) {
  const NodeSpecialization& special = node.specialization;
  const NodeHardware& hw = node.hardware;
  SystemShare share;
  share.memory = special.mem_spec_limit;
  if (const auto listed = parse_indices(special.cpu_spec_list, hw.cpus); listed && !special.cpu_spec_list.empty())
    listed->for_each([&](std::uint32_t cpu) {
      share.cpus.push_back(cpu);
      return true;
    });
  const std::uint32_t sockets = std::max(1u, hw.sockets);
  const std::uint32_t cores = std::max(1u, hw.cores_per_socket);
  const std::uint32_t threads = std::max(1u, hw.cpus / (sockets * cores));
  const std::vector<std::uint32_t> order = special_core_order(sockets, cores, first);
  for (std::uint32_t i = 0; i < std::min(special.core_spec_count, sockets * cores - 1); ++i)
    for (std::uint32_t thread = 0; thread < threads; ++thread) share.cpus.push_back(order[i] * threads + thread);
  std::sort(share.cpus.begin(), share.cpus.end());
  return share;
}

namespace {

bool keeps_something(const NodeConfig& node) { return !(node.specialization == NodeSpecialization{}); }

}  // namespace

std::vector<SystemShare> system_shares(const ClusterConfig& config, const std::vector<std::string>& node_names) {
  if (std::none_of(config.nodes.begin(), config.nodes.end(), keeps_something)) return {};
  std::map<std::string_view, const NodeConfig*> by_name;
  for (const NodeConfig& node : config.nodes) by_name.emplace(node.name, &node);
  std::vector<SystemShare> shares;
  const bool first = parse_scheduler_parameters(config.scheduling.scheduler_parameters).placement.spec_cores_first;
  for (const std::string& name : node_names) {
    const auto found = by_name.find(name);
    shares.push_back(found == by_name.end() ? SystemShare() : system_share_of(*found->second, first));
  }
  return shares;
}

Topologies::Topologies(const ClusterConfig& config, const std::vector<std::string>& node_names) {
  const auto made = [&](const TopologyLayoutConfig& layout) {
    return std::make_shared<const Topology>(layout_in_force(config, layout), node_names);
  };
  if (const TopologyLayoutConfig* layout = config.topology.find(""); layout && layout->kind != TopologyKind::flat)
    by_name_.emplace("", made(*layout));
  for (const TopologyLayoutConfig& layout : config.topology.layouts)
    if (layout.kind != TopologyKind::flat) by_name_.emplace(layout.name, made(layout));
}

std::shared_ptr<const Topology> Topologies::of(const std::string& name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

std::shared_ptr<const Topology> Topologies::of_partition(const ClusterConfig& config, const std::string& name) const {
  const PartitionConfig* configured = find_partition(config, name);
  return of(configured ? configured->policy.topology : "");
}

namespace {

// CR_Core instead of CR_Core_Memory, or the other way round.
std::optional<bool> memory_by(std::string_view own, const ClusterConfig& config) {
  if (!own_unit(own, config)) return std::nullopt;
  return contains_ignoring_case(own, "_MEMORY");
}

bool gives_whole_sockets(std::string_view own, const ClusterConfig& config) {
  return own_unit(own, config).value_or(config.scheduling.consumable) == ConsumableUnit::socket &&
         common_unit(config) == CpuUnit::core;
}

}  // namespace

PlanPartition plan_partition_with_defaults(const Partition& partition, const ClusterConfig& config,
                                           const Topologies* topologies) {
  PlanPartition plan = plan_partition(partition);
  plan.least_loaded = contains_ignoring_case(config.scheduling.select_type_parameters, "CR_LLN");
  if (topologies) plan.topology = topologies->of_partition(config, partition.name);
  plan.caps.memory_per_node = config.scheduling.memory.max_per_node;
  if (const PartitionConfig* configured = find_partition(config, partition.name)) {
    plan.memory_per_cpu_default = configured->limits.memory.default_per_cpu;
    plan.memory_per_node_default = configured->limits.memory.default_per_node;
    plan.gpu_defaults = gpu_defaults_of(*configured);
    if (const auto& most = configured->limits.cpus_per_node_max; !most.unlimited) plan.caps.cpus_per_node = most.value;
    if (const auto& most = configured->limits.cpus_per_socket_max; !most.unlimited)
      plan.caps.cpus_per_socket = most.value;
    if (configured->limits.memory.max_per_node) plan.caps.memory_per_node = configured->limits.memory.max_per_node;
    plan.caps.whole_sockets = gives_whole_sockets(configured->policy.select_type_parameters, config);
    plan.memory_consumable = memory_by(configured->policy.select_type_parameters, config);
    plan.one_user = configured->policy.exclusive == PartitionExclusive::user;
    plan.caps.alone_in_units = configured->policy.exclusive == PartitionExclusive::topology;
    plan.least_loaded = plan.least_loaded || configured->policy.least_loaded_nodes;
  }
  return plan;
}

}  // namespace slurmxx
