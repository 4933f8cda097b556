// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/slowdown_order.h"

#include <algorithm>
#include <cmath>

#include "core/schedule/demand.h"

namespace slurmxx {
namespace {

constexpr double hour = 3'600, day = 24 * hour;
constexpr double head_start = 13 * hour;  // as if every job had waited for that
constexpr double of_wait = 2.9, of_size = 0.7, of_limit = 1.75;
constexpr double overdue_part = 0.8;  // of the longest wait
constexpr double crowded = 3.75 * day;
constexpr double unlimited = 365 * day;

double remaining(const Job& job, Instant now) {
  if (!job.allocation) return 0;
  double cpus = 0;
  for (const NodeShare& share : job.allocation->shares) cpus += share.cpus;
  const double left = job.times.limit_at ? static_cast<double>((*job.times.limit_at - now).value) : unlimited;
  return cpus * std::max(0.0, left);
}

}  // namespace

SlowdownOrder::SlowdownOrder(const ClusterView& view, const Policies& policies, Instant now)
    : policies_(policies),
      now_(now),
      overdue_(std::max(hour, overdue_part * static_cast<double>(view.longest_wait.value))) {
  for (const Node* node : view.nodes) cpus_total_ += node->declared.cpus;
  cpus_total_ = std::max(1.0, cpus_total_);
  cpus_of_node_ = cpus_total_ / static_cast<double>(std::max<std::size_t>(1, view.nodes.size()));
  for (const Job* job : view.running) backlog_ += remaining(*job, now);
  for (const PendingJob& pending : view.pending) {
    const auto& names = pending.job->spec->placement.partitions;
    const PlanPartition* partition = names.empty() ? nullptr : view.find_partition(names.front());
    if (partition) backlog_ += work(pending, *partition) * std::max(1u, pending.tasks);
  }
  backlog_ /= cpus_total_;
}

double SlowdownOrder::cpus(const PendingJob& pending, const PlanPartition& partition) const {
  const Demand demand = demand_in(*pending.job->spec, partition, policies_);
  const double nodes = demand.nodes_min;
  if (demand.whole_nodes) return std::max(nodes, 1.0) * cpus_of_node_;
  return std::max({1.0, double{1} * demand.tasks * demand.cpus_per_task, nodes * demand.cpus_per_node_min});
}

double SlowdownOrder::seconds(const PendingJob& pending, const PlanPartition& partition) {
  if (pending.length > Seconds(0)) return static_cast<double>(pending.length.value);
  const TimeLimit limit = time_limit_in(*pending.job->spec, partition);
  return limit.unlimited ? unlimited : std::max(1.0, static_cast<double>(to_seconds(limit.value).value));
}

double SlowdownOrder::work(const PendingJob& pending, const PlanPartition& partition) const {
  return cpus(pending, partition) * seconds(pending, partition);
}

bool SlowdownOrder::is_crowded() const { return backlog_ > crowded; }

SlowdownOrder::Rank SlowdownOrder::rank(const PendingJob& pending, const PlanPartition& partition) const {
  const JobTimes& times = pending.job->times;
  const double waited = std::max(0.0, static_cast<double>((now_ - times.eligible.value_or(times.submitted)).value));
  if (waited > overdue_) return {true, waited};
  const double urgency = std::pow(waited + head_start, of_wait) / std::pow(seconds(pending, partition), of_limit);
  return {false, urgency * std::pow(cpus(pending, partition), of_size)};
}

}  // namespace slurmxx
