// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/gang.h"

#include "core/preempt/time_slices.h"

namespace slurmxx {

void Gang::tick() {
  if (!c_.planning_.gang) return;
  const bool over = c_.now_.mono >= c_.planning_.next_slice;
  if (over) c_.planning_.next_slice = c_.now_.mono + c_.config().scheduling.time_slice;
  turn(over);
}

void Gang::settle() {
  if (c_.planning_.gang && c_.planning_.newcomers) turn(false);
  c_.planning_.newcomers = false;
}

bool Gang::leave(const Job& job) {
  if (job.state != JobState::suspended || !job.allocation->time_sliced) return false;
  c_.emit(JobResumed{job.id});
  return true;
}

void Gang::turn(bool slice_is_over) {
  std::vector<const Job*> jobs;
  for (const JobId id : c_.active_) {
    const Job& job = *c_.state_.find(id);
    if (takes_turns(job) && !job.preparing && !c_.waiting_.unprepared.contains(id)) jobs.push_back(&job);
  }
  const SliceTurn turn = next_row(jobs, slice_is_over);
  for (const JobId id : turn.stop) {
    c_.emit(JobSuspended{id, false, true});
    const Job& job = *c_.state_.find(id);
    for (const NodeIndex node : job.unfinished)
      c_.order(node, SuspendJob{{id, job.restarts}, false, c_.planning_.suspend_grace});
  }
  for (const JobId id : turn.go_on) {
    c_.emit(JobResumed{id});
    c_.waiting_.steps_may_fit = true;
    const Job& job = *c_.state_.find(id);
    for (const NodeIndex node : job.unfinished) c_.order(node, SuspendJob{{id, job.restarts}, true});
  }
}

}  // namespace slurmxx
