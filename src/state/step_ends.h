// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What is known of a step's end: the worst exit of its nodes, what they measured, and what the job keeps of it.
#pragma once

#include <utility>

#include "core/model/job.h"

namespace slurmxx {

// `told` has the exit and perhaps the usage of one node.
template <class Told>
void note_step_end(Step& step, const Told& told) {
  if (std::pair(told.exit.status, told.exit.signal) > std::pair(step.exit.status, step.exit.signal))
    step.exit = told.exit;
  if (!told.usage) return;
  if (!step.usage) step.usage.emplace();
  step.usage->merge(*told.usage);
}

inline void end_step(Job& job, Step& step, Instant at) {
  step.ended = at;
  step.untold = std::exchange(step.unfinished, {});
  if (step.id.value >= 0 && step.exit.status >= job.exit_of_steps.status) job.exit_of_steps = step.exit;
}

// `step` is one of job.steps, and every node has told of it.
inline void end_and_set_aside(Job& job, Step& step, Instant at) {
  end_step(job, step, at);
  job.ended_steps.append(std::move(step));
  job.steps.erase(job.steps.begin() + (&step - job.steps.data()));
}

inline void forget_steps(Job& job) {
  job.steps.clear();
  job.ended_steps.clear();
  job.next_step = 0;
}

// Of a job that goes back to the queue: whether its nodes are kept for it there.
inline void mark_expedited(Job& job, bool expedited) {
  const JobId mark = expedited ? job.id : JobId();
  if (job.spec->policy.expedited == mark) return;
  JobSpec spec = *job.spec;
  spec.policy.expedited = mark;
  job.spec = std::make_shared<const JobSpec>(std::move(spec));
}

}  // namespace slurmxx
