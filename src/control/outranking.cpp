// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/outranking.h"

#include <algorithm>

#include "core/preempt/rules.h"

namespace slurmxx {
namespace {

using Side = PreemptRules::Side;

std::uint32_t tier_of(const ClusterView& view, const std::string& partition) {
  const PlanPartition* found = view.find_partition(partition);
  return found ? found->priority_tier : 0;
}

// Jobs that were suspended for others.
std::vector<Side> aside_in(const ClusterView& view) {
  std::vector<Side> aside;
  for (std::size_t i = 0; i < view.running.size(); ++i) {
    const Job& job = *view.running[i];
    if (!is_aside(job)) continue;
    const std::uint32_t priority =
        view.running_priorities.empty() ? job.priority.value_or(0) : view.running_priorities.at(i);
    aside.push_back({&job, tier_of(view, job.allocation->partition), priority});
  }
  return aside;
}

}  // namespace

bool is_aside(const Job& job) {
  return job.state == JobState::suspended && job.allocation && job.allocation->stands_aside;
}

void keep_who_outranks_the_aside(ClusterView& view) {
  const std::vector<Side> aside = aside_in(view);
  const auto outranks = [&](const PendingJob& pending) {
    std::uint32_t tier = 0;
    for (const std::string& name : pending.job->spec->placement.partitions) tier = std::max(tier, tier_of(view, name));
    const Side side{pending.job, tier, pending.priority};
    return std::ranges::any_of(aside, [&](const Side& one) { return view.preemption->outranks(side, one); });
  };
  std::vector<PendingJob> kept;
  for (std::size_t i = 0; i < view.pending.size(); i += 1 + view.pending[i].followers)
    if (outranks(view.pending[i]))
      kept.insert(kept.end(), view.pending.begin() + static_cast<std::ptrdiff_t>(i),
                  view.pending.begin() + static_cast<std::ptrdiff_t>(i + 1 + view.pending[i].followers));
  view.pending = std::move(kept);
}

}  // namespace slurmxx
