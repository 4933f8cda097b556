// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Gang scheduling: of jobs that have the same cores, one runs at a time, and they take turns. Those that run together
// are a row: no two of its jobs have a CPU in common. Rules: slurm.conf(5) PreemptMode=GANG, SchedulerTimeSlice.
#pragma once

#include <span>
#include <vector>

#include "core/model/job.h"

namespace slurmxx {

struct SliceTurn {
  std::vector<JobId> stop;
  std::vector<JobId> go_on;
};

// Whether it takes turns with others: it shares cores, and is not suspended for another reason.
bool takes_turns(const Job& job);

// Of jobs that take turns. When a slice is over, those that have waited the longest come first; between slices those
// that run stay, and cores that nobody of them uses go to who has waited the longest.
SliceTurn next_row(std::span<const Job* const> jobs, bool slice_is_over);

}  // namespace slurmxx
