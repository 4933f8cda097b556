// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What time does to jobs: limits, deadlines, warnings, purging.
#include "control/scheduling.h"

#include <algorithm>

#include <fmt/format.h>

#include "control/partition_access.h"
#include "control/power_saving.h"
#include "control/reservations.h"
#include "control/steps.h"
#include "core/text/words.h"

namespace slurmxx {

// All that it asks for have ended, ResvOverRun long ago.
bool ReservationKeeper::is_over_for(const JobSpec& spec) const {
  if (spec.labels.reservation.empty()) return false;
  const Limit<Minutes> more = c_.config().timeouts.reservation_over_run;
  if (more.unlimited) return false;
  bool any_known = false;
  for (const std::string_view name : split_commas(spec.labels.reservation)) {
    const Reservation* known = c_.state_.find_reservation(name);
    if (!known) continue;
    any_known = true;
    const Instant after = c_.now_.wall - to_seconds(more.value);
    const auto when = occurrence(*known, after, c_.now_.wall);
    if (known->flags.has(ReservationFlag::flex) || (when && (when->start <= c_.now_.wall || !is_periodic(*known))))
      return false;
  }
  return any_known;
}

void Scheduling::strike_time_limits() {
  Steps(c_).strike_time_limits();
  std::vector<JobId> over;
  for (JobId id : c_.active_) {
    const Job& job = *c_.state_.find(id);
    if (job.state != JobState::running || !job.times.limit_at) continue;
    const Limit<Minutes> more = over_time(c_.config(), job);
    if (!more.unlimited && *job.times.limit_at + to_seconds(more.value) <= c_.now_.wall) over.push_back(id);
  }
  for (JobId id : c_.active_) {
    const Job& job = *c_.state_.find(id);
    if (job.state == JobState::running && ReservationKeeper(c_).is_over_for(*job.spec)) over.push_back(id);
  }
  for (JobId id : over)
    if (!is_ended(c_.state_.find(id)->state))
      end_job(id, {JobState::timeout, {}, "TimeLimit", "CANCELLED DUE TO TIME LIMIT"});
}

void Scheduling::give_up_immediate() {
  std::vector<JobId> late;
  for (JobId id : c_.pending_.impatient()) {
    const Job& job = *c_.state_.find(id);
    if (c_.now_.wall >= job.times.submitted + *job.spec->policy.immediate) late.push_back(id);
  }
  for (JobId id : late) end_pending(id, JobState::cancelled, "NotImmediate");
}

// With the shortest that its partitions give who names no limit.
TimeRequest Scheduling::times_in_partitions(const JobSpec& spec) const {
  TimeRequest times = spec.times;
  if (times.limit) return times;
  for (const std::string& name : spec.placement.partitions) {
    const Partition* partition = c_.state_.find_partition(name);
    if (!partition) continue;
    const TimeLimit usual = partition->time_default.value_or(partition->time_max);
    if (!usual.unlimited && (!times.limit || usual.value < times.limit->value)) times.limit = usual;
  }
  return times;
}

void Scheduling::strike_late() {
  std::vector<JobId> late;
  for (JobId id : c_.pending_.dated()) {
    const Job& job = *c_.state_.find(id);
    // A hold leaves time to ask for less.
    const bool over = job.hold != Hold::none ? *job.spec->times.deadline <= c_.now_.wall
                                             : misses_deadline(times_in_partitions(*job.spec), c_.now_.wall);
    if (over) late.push_back(id);
  }
  for (JobId id : late)
    if (c_.state_.find(id)->state == JobState::pending) end_pending(id, JobState::deadline, "DeadLine");
}

void Scheduling::strike_deadlines() {
  strike_late();
  std::vector<JobId> over;
  for (JobId id : c_.active_) {
    const Job& job = *c_.state_.find(id);
    const auto& deadline = job.spec->times.deadline;
    if (job.state == JobState::running && deadline && *deadline <= c_.now_.wall) over.push_back(id);
  }
  for (JobId id : over)
    if (!is_ended(c_.state_.find(id)->state))
      end_job(id, {JobState::deadline, {}, "DeadLine", "CANCELLED DUE TO DEADLINE"});
}

void Scheduling::warn_before_limits() {
  std::erase_if(c_.timers_.warned, [&](const auto& known) { return !c_.active_.contains(known.first); });
  for (JobId id : c_.active_) {
    const Job& job = *c_.state_.find(id);
    const SignalPlan& plan = job.spec->times.signal;
    if (plan.signal == 0 || job.state != JobState::running || !job.times.limit_at) continue;
    if (c_.now_.wall + plan.before_end < *job.times.limit_at) continue;
    if (!c_.timers_.warned.insert({id, job.restarts}).second) continue;
    SignalJob order{{id, job.restarts}, plan.signal};
    order.batch_only = plan.batch_shell_only;
    for (NodeIndex node : job.unfinished) c_.order(node, order);
  }
}

// A warning that was due before this controller began has most likely been given: rather none than two.
void Scheduling::forget_old_warnings() {
  for (JobId id : c_.active_) {
    const Job& job = *c_.state_.find(id);
    if (job.times.limit_at && job.spec->times.signal.signal != 0 &&
        c_.now_.wall + job.spec->times.signal.before_end >= *job.times.limit_at)
      c_.timers_.warned.insert({id, job.restarts});
  }
}

// The record that was submitted stays until its array is over: it is what the others are found by. False: it does.
bool Scheduling::purge_part(const Job& job) {
  const JobId array = job.array->array;
  if (job.id == array && c_.index_.arrays.parts(array).size() > 1) return false;
  c_.index_.arrays.forget(array, job.id);
  if (job.id == array || c_.index_.arrays.parts(array).size() > 1) return true;
  const Job& first = *c_.state_.find(array);
  if (is_ended(first.state) && first.holds_nothing()) c_.ended_.insert({*first.times.ended, array});
  return true;
}

void Scheduling::purge_old_jobs() {
  const Seconds age = c_.config().timeouts.min_job_age;
  while (!c_.ended_.empty() && c_.ended_.begin()->first + age <= c_.now_.wall) {
    const JobId id = c_.ended_.begin()->second;
    const Instant ended = c_.ended_.begin()->first;
    c_.ended_.erase(c_.ended_.begin());
    const Job* job = c_.state_.find(id);
    if (!job || !is_ended(job->state) || !job->holds_nothing() || job->times.ended != ended) continue;
    if (job->array && !purge_part(*job)) continue;
    c_.emit(JobPurged{id});
  }
}

MonoTime Scheduling::next_wake(const Controller& c) {
  MonoTime wake = c.now_.mono + Seconds(1);  // limits, begin times and silence are judged by the second
  if (const auto next = c.planning_.fresh_arrays.next()) wake = std::min(wake, std::max(*next, c.now_.mono));
  if (const auto next = c.planning_.clock.next(head_is_enough(c))) wake = std::min(wake, std::max(*next, c.now_.mono));
  return wake;
}

}  // namespace slurmxx
