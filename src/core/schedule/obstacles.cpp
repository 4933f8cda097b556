// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/obstacles.h"

#include <algorithm>

namespace slurmxx {

std::optional<Reason> own_obstacle(const PendingJob& pending, Instant now) {
  const Job& job = *pending.job;
  if (job.hold == Hold::admin) return Reason{ReasonCode::held_by_admin, {}, {}, {}};
  if (job.hold == Hold::user) return Reason{ReasonCode::held_by_user, {}, {}, {}};
  if (pending.priority == 0) return Reason{ReasonCode::held_by_admin, {}, {}, "its priority is 0"};
  if (pending.dependency == DependencyState::never) return Reason{ReasonCode::dependency_never_satisfied, {}, {}, {}};
  if (pending.dependency == DependencyState::waiting) return Reason{ReasonCode::dependency, {}, {}, {}};
  if (pending.tasks == 0) return Reason{ReasonCode::array_task_limit, {}, {}, {}};
  if (misses_deadline(job.spec->times, now)) return Reason{ReasonCode::deadline, {}, {}, "it could not end in time"};
  const Instant begin = std::max(job.spec->times.begin.value_or(Instant()), job.times.eligible.value_or(Instant()));
  if (begin > now) return Reason{ReasonCode::begin_time, {}, Shortage{"unix time", begin.seconds, now.seconds}, {}};
  return {};
}

std::optional<Reason> partition_obstacle(const JobSpec& spec, const PlanPartition& p) {
  using State = PlanPartition::State;
  if (p.state == State::down) return Reason{ReasonCode::partition_down, {}, {}, "partition " + p.name + " is down"};
  if (p.state == State::inactive)
    return Reason{ReasonCode::partition_inactive, {}, {}, "partition " + p.name + " is inactive"};
  const std::uint32_t nodes = std::max(1u, spec.resources.nodes_min);
  const std::uint32_t nodes_in_partition = static_cast<std::uint32_t>(p.nodes.size());
  const std::uint32_t most =
      p.nodes_max.unlimited ? nodes_in_partition : std::min(p.nodes_max.value, nodes_in_partition);
  if (nodes > most) return Reason{ReasonCode::partition_node_limit, {}, Shortage{"nodes", nodes, most}, {}};
  if (spec.resources.nodes_max && *spec.resources.nodes_max < p.nodes_min)
    return Reason{ReasonCode::partition_node_limit, {}, Shortage{"nodes", p.nodes_min, *spec.resources.nodes_max}, {}};
  const TimeLimit limit = time_limit_in(spec, p);
  if (p.time_max.unlimited) return {};
  const std::int64_t wanted = limit.unlimited ? INT64_MAX : limit.value.value;
  if (wanted > p.time_max.value.value)
    return Reason{ReasonCode::partition_time_limit, {}, Shortage{"minutes", wanted, p.time_max.value.value}, {}};
  return {};
}

}  // namespace slurmxx
