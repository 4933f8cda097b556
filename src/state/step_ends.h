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
  job.former.reset();
}

// Its steps are forgotten, but for what nodes have not told yet of the life that a requeue ends now.
inline void keep_untold(Job& job, Instant at) {
  FormerLife life{job.state, job.times, {}, job.spec->policy.batch && !job.script_usage};
  life.times.ended = job.times.ended.value_or(at);
  if (!is_ended(job.state)) life.state = JobState::cancelled;
  for (Step& step : job.steps) {
    if (!step.ended) step.untold = std::exchange(step.unfinished, {});
    if (!step.ended) step.ended = at;
    if (!step.untold.empty()) life.steps.push_back(std::move(step));
  }
  const bool untold = life.times.started && job.allocation && (life.script_untold || !life.steps.empty());
  forget_steps(job);
  if (untold) job.former = std::make_shared<const FormerLife>(std::move(life));
}

// The script was over with its job, before its node told of it.
template <class Told>
void note_script(Job& job, const Told& told) {
  if (told.usage) job.script_usage = std::make_shared<const StepUsage>(*told.usage);
}

// Whether it was still missing.
template <class Told>
bool note_former(Job& job, const Told& told) {
  if (!job.former) return false;
  FormerLife life = *job.former;
  const bool of_script = told.step == StepId::batch();
  bool missing = of_script && std::exchange(life.script_untold, false);
  for (Step& step : life.steps) {
    if (step.id != told.step || std::erase(step.untold, told.node) == 0) continue;
    note_step_end(step, told);
    missing = true;
  }
  if (missing) job.former = std::make_shared<const FormerLife>(std::move(life));
  return missing;
}

// The job as of that life, when `told` has come of it.
template <class Told>
Job job_of_former_life(const Job& job, const Told& told) {
  Job before = job;
  before.restarts = job.restarts - 1;
  before.state = job.former->state;
  before.times = job.former->times;
  before.steps = job.former->steps;
  before.ended_steps.clear();
  before.script_usage = told.usage ? std::make_shared<const StepUsage>(*told.usage) : nullptr;
  return before;
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
