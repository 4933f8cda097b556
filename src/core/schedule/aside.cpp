// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/aside.h"

#include <algorithm>

namespace slurmxx {

AsideJobs::AsideJobs(const ClusterView& view) : view_(view) {
  for (std::size_t i = 0; view.preemption && i < view.running.size(); ++i) {
    const Job& job = *view.running[i];
    if (!is_aside(job)) continue;
    const PlanPartition* partition = view.find_partition(job.allocation->partition);
    const std::uint32_t priority =
        view.running_priorities.empty() ? job.priority.value_or(0) : view.running_priorities.at(i);
    jobs_.push_back({&job, partition ? partition->priority_tier : 0, priority});
  }
}

bool AsideJobs::are_outranked_by(const PendingJob& pending, std::uint32_t tier) const {
  const PreemptRules::Side side{pending.job, tier, pending.priority};
  return std::ranges::any_of(jobs_, [&](const auto& one) { return view_.preemption->outranks(side, one); });
}

}  // namespace slurmxx
