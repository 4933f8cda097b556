// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/obstacles.h"

#include <algorithm>

namespace slurmxx {

namespace {

using Obstacle = std::optional<Reason>;

Obstacle hold(const PendingJob& pending, Instant) {
  if (pending.job->hold == Hold::admin) return Reason{ReasonCode::held_by_admin, {}, {}, {}};
  if (pending.job->hold != Hold::none) return Reason{ReasonCode::held_by_user, {}, {}, {}};
  if (pending.priority == 0) return Reason{ReasonCode::held_by_admin, {}, {}, "its priority is 0"};
  return {};
}

Obstacle dependency(const PendingJob& pending, Instant) {
  if (pending.dependency == DependencyState::never) return Reason{ReasonCode::dependency_never_satisfied, {}, {}, {}};
  if (pending.dependency == DependencyState::waiting) return Reason{ReasonCode::dependency, {}, {}, {}};
  return {};
}

Obstacle array_limit(const PendingJob& pending, Instant) {
  if (pending.tasks == 0) return Reason{ReasonCode::array_task_limit, {}, {}, {}};
  return {};
}

Obstacle deadline(const PendingJob& pending, Instant now) {
  if (misses_deadline(pending.job->spec->times, now))
    return Reason{ReasonCode::deadline, {}, {}, "it could not end in time"};
  return {};
}

Obstacle begin_time(const PendingJob& pending, Instant now) {
  const Job& job = *pending.job;
  const Instant begin = std::max(job.spec->times.begin.value_or(Instant()), job.times.eligible.value_or(Instant()));
  if (begin > now) return Reason{ReasonCode::begin_time, {}, Shortage{"unix time", begin.seconds, now.seconds}, {}};
  return {};
}

constexpr Obstacle (*own_checks[])(const PendingJob&, Instant) = {hold, dependency, deadline, begin_time, array_limit};

Obstacle partition_state(const JobSpec&, const PlanPartition& p) {
  using State = PlanPartition::State;
  if (p.state == State::down) return Reason{ReasonCode::partition_down, {}, {}, "partition " + p.name + " is down"};
  if (p.state == State::inactive)
    return Reason{ReasonCode::partition_inactive, {}, {}, "partition " + p.name + " is inactive"};
  return {};
}

Obstacle node_limit(const JobSpec& spec, const PlanPartition& p) {
  const std::uint32_t nodes = std::max(1u, spec.resources.nodes_min);
  const std::uint32_t nodes_in_partition = static_cast<std::uint32_t>(p.nodes.size());
  const std::uint32_t most = p.nodes_max.unlimited || spec.placement.exempt.nodes_max
                                 ? nodes_in_partition
                                 : std::min(p.nodes_max.value, nodes_in_partition);
  if (nodes > most) return Reason{ReasonCode::partition_node_limit, {}, Shortage{"nodes", nodes, most}, {}};
  if (spec.resources.nodes_max && !p.nodes_max.unlimited && !spec.placement.exempt.nodes_max &&
      *spec.resources.nodes_max > p.nodes_max.value)
    return Reason{ReasonCode::partition_node_limit, {}, Shortage{"nodes", *spec.resources.nodes_max, most}, {}};
  if (!spec.placement.exempt.nodes_min && spec.resources.nodes_max && *spec.resources.nodes_max < p.nodes_min)
    return Reason{ReasonCode::partition_node_limit, {}, Shortage{"nodes", p.nodes_min, *spec.resources.nodes_max}, {}};
  return {};
}

Obstacle time_limit(const JobSpec& spec, const PlanPartition& p) {
  const TimeLimit limit = time_limit_in(spec, p);
  if (p.time_max.unlimited || spec.placement.exempt.time) return {};
  const std::int64_t wanted = limit.unlimited ? INT64_MAX : limit.value.value;
  if (wanted > p.time_max.value.value)
    return Reason{ReasonCode::partition_time_limit, {}, Shortage{"minutes", wanted, p.time_max.value.value}, {}};
  return {};
}

// On the node that has the most of them, at the least.
std::uint32_t tasks_on_a_node(const ResourceRequest& r) {
  if (r.overcommit) return 1;
  const std::uint32_t spread = r.tasks_set && r.nodes_max ? (r.tasks + *r.nodes_max - 1) / *r.nodes_max : 1;
  const std::uint32_t together =
      r.tasks_set ? std::min(r.tasks_per_node.value_or(1), r.tasks) : r.tasks_per_node.value_or(1);
  return std::max({spread, together, 1U});
}

Obstacle memory_limit(const JobSpec& spec, const PlanPartition& p) {
  const ResourceRequest& r = spec.resources;
  MebiBytes asked = r.memory_per_node.value_or(MebiBytes(0));
  if (!r.memory_per_node && r.memory_per_cpu)
    asked = *r.memory_per_cpu *
            std::max<std::int64_t>(std::int64_t{r.cpus_per_task} * tasks_on_a_node(r), r.cpus_per_node_min.value_or(1));
  if (!p.caps.memory_per_node || asked <= *p.caps.memory_per_node) return {};
  return Reason{ReasonCode::memory_limit, {}, Shortage{"MB on a node", asked.value, p.caps.memory_per_node->value}, {}};
}

constexpr Obstacle (*partition_checks[])(const JobSpec&, const PlanPartition&) = {partition_state, node_limit,
                                                                                  time_limit, memory_limit};

template <class Checks, class... Arguments>
Obstacle first_of(const Checks& checks, const Arguments&... arguments) {
  for (const auto check : checks)
    if (auto reason = check(arguments...)) return reason;
  return {};
}

template <class Checks, class... Arguments>
std::vector<Reason> all_of(const Checks& checks, const Arguments&... arguments) {
  std::vector<Reason> reasons;
  for (const auto check : checks)
    if (auto reason = check(arguments...)) reasons.push_back(std::move(*reason));
  return reasons;
}

}  // namespace

bool outgrows(const JobSpec& spec, const PlanPartition& partition, std::span<const Node* const> nodes) {
  if (node_limit(spec, partition)) return true;
  const ResourceRequest& asked = spec.resources;
  const std::uint64_t cpus = asked.overcommit ? 1 : std::uint64_t{asked.tasks} * std::max(1u, asked.cpus_per_task);
  std::uint64_t most = 1;
  for (const NodeIndex node : partition.nodes) most = std::max<std::uint64_t>(most, nodes[node.value]->declared.cpus);
  return (cpus + most - 1) / most > partition.nodes.size();
}

Reason never_fits(const JobSpec& spec, const PlanPartition& partition, std::span<const Node* const> nodes) {
  if (!spec.placement.features.empty() || !spec.placement.batch_features.empty())
    return {ReasonCode::bad_constraints, {}, {}, "too few nodes have the features it asks for"};
  const bool too_large = outgrows(spec, partition, nodes);
  return {too_large ? ReasonCode::partition_config : ReasonCode::bad_constraints,
          {},
          {},
          "it would not fit on the partition's nodes if they were empty"};
}

std::optional<Reason> own_obstacle(const PendingJob& pending, Instant now) {
  return first_of(own_checks, pending, now);
}
std::vector<Reason> own_obstacles(const PendingJob& pending, Instant now) { return all_of(own_checks, pending, now); }

std::optional<Reason> partition_obstacle(const JobSpec& spec, const PlanPartition& partition) {
  return first_of(partition_checks, spec, partition);
}
std::vector<Reason> partition_obstacles(const JobSpec& spec, const PlanPartition& partition) {
  return all_of(partition_checks, spec, partition);
}

}  // namespace slurmxx
