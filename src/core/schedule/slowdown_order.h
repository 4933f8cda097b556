// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// SchedulerParameters=slowdown_order: within a tier the queue goes by what a job's wait means to it, in place of its
// priority. Urgency is (wait + 13 h)^2.9 * CPUs^0.7 / limit^1.75: a short job waits in proportion, a wide one is not
// starved. Whoever has waited for an hour and for 0.8 times as long as any job of this cluster ever did comes before
// all others, first come first served: so the longest wait hardly grows. On a cluster with more than three and
// three quarter days of work before it, jobs pass those that have room set aside in order of their size: so little is
// left idle. A family like WFP3 (Tang et al., Fault-aware utility-based job scheduling, 2009); docs/guide/scheduling.md
// has figures.
#pragma once

#include <compare>

#include "core/schedule/view.h"

namespace slurmxx {

class SlowdownOrder {
 public:
  struct Rank {  // the greater one comes first
    bool is_overdue = false;
    double worth = 0;  // seconds waited, or urgency

    auto operator<=>(const Rank&) const = default;
  };

  SlowdownOrder(const ClusterView& view, const Policies& policies, Instant now);

  Rank rank(const PendingJob& pending, const PlanPartition& partition) const;
  bool is_crowded() const;                                                       // so much work that size counts
  double work(const PendingJob& pending, const PlanPartition& partition) const;  // CPU seconds by its limit

 private:
  double cpus(const PendingJob& pending, const PlanPartition& partition) const;
  static double seconds(const PendingJob& pending, const PlanPartition& partition);

  const Policies& policies_;
  Instant now_;
  double overdue_;         // seconds
  double cpus_total_ = 0;  // of the cluster
  double cpus_of_node_ = 0;
  double backlog_ = 0;  // seconds of the whole cluster
};

}  // namespace slurmxx
