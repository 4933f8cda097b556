// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What an event of a job adds to the figures of sdiag.
#pragma once

#include "core/schedule/statistics.h"
#include "state/event.h"

namespace slurmxx {

inline void count_job(const JobSubmitted&, JobStatistics& jobs) { ++jobs.submitted; }
inline void count_job(const JobStarted&, JobStatistics& jobs) { ++jobs.started; }
inline void count_job(const JobEnded& event, JobStatistics& jobs) {
  if (event.state == JobState::completed)
    ++jobs.completed;
  else if (event.state == JobState::cancelled)
    ++jobs.cancelled;
  else
    ++jobs.failed;
}
template <class Other>
void count_job(const Other&, JobStatistics&) {}

}  // namespace slurmxx
