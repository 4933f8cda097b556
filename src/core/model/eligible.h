// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Since when a job that waits could have started, as far as it goes by itself: it is not held, depends on nothing and
// its --begin has come.
#pragma once

#include "core/model/job.h"

namespace slurmxx {

inline bool is_free(const Job& job) { return job.hold == Hold::none && job.dependencies.list.empty(); }
inline bool has_begun(const Job& job, Instant at) { return job.spec->times.begin.value_or(at) <= at; }

inline void settle_eligible(Job& job, Instant at) {
  if (job.state != JobState::pending || !is_free(job)) return;
  if (!has_begun(job, at))
    job.times.eligible.reset();
  else if (!job.times.eligible)
    job.times.eligible = at;
}

}  // namespace slurmxx
