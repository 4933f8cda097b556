// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Jobs that were suspended for others and stand aside: what those leave free is for who outranks them first, then for
// themselves, and for the rest when they have gone on.
#pragma once

#include <vector>

#include "core/preempt/rules.h"
#include "core/schedule/view.h"

namespace slurmxx {

inline bool is_aside(const Job& job) {
  return job.state == JobState::suspended && job.allocation && job.allocation->stands_aside;
}

class AsideJobs {
 public:
  explicit AsideJobs(const ClusterView& view);  // which outlives this

  bool none() const { return jobs_.empty(); }
  // Whether it may have the CPUs of one of them, in a partition of that tier.
  bool are_outranked_by(const PendingJob& pending, std::uint32_t tier) const;

 private:
  const ClusterView& view_;
  std::vector<PreemptRules::Side> jobs_;
};

}  // namespace slurmxx
