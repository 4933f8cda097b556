// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/attendance.h"

#include <algorithm>

#include "control/scheduling.h"
#include "control/steps.h"

namespace slurmxx {
namespace {

// "Is anybody there?": a step that no srun has attached to waits no longer for one.
constexpr std::uint32_t nobody_comes = 0;

bool is_held(const Job& job) {
  const HeldBy holder = job.spec->policy.held_by;
  if (is_ended(job.state) || holder == HeldBy::nobody) return false;
  return job.state == JobState::pending || holder != HeldBy::salloc_until_start;
}

}  // namespace

void Attendance::speaks(SessionId session, const Caller& caller, JobId id) {
  const Job* job = c_.state_.find(id);
  if (!job || !is_held(*job) || job->spec->owner.uid != caller.uid) return;
  c_.waiting_.attended.by.emplace(id, session);
  c_.waiting_.attended.away.erase(id);
}

void Attendance::closed(SessionId session) {
  std::vector<JobId> left;
  std::erase_if(c_.waiting_.attended.by, [&](const auto& entry) {
    if (entry.second == session) left.push_back(entry.first);
    return entry.second == session;
  });
  for (const JobId id : left) {
    const auto other = c_.waiting_.attended.by.lower_bound({id, SessionId()});
    if (other != c_.waiting_.attended.by.end() && other->first == id) continue;
    c_.waiting_.attended.away.emplace(id, c_.now_.mono);
    if (const Job* job = c_.state_.find(id); job && is_held(*job)) Steps(c_).signal_running(*job, nobody_comes);
  }
}

void Attendance::everyone_away() {
  c_.state_.jobs().for_each([&](std::uint64_t, const Job& job) {
    if (is_held(job)) c_.waiting_.attended.away.emplace(job.id, c_.now_.mono);
  });
}

bool Attendance::abandoned(const Job& job, MonoTime& since) const {
  if (job.state != JobState::pending && job.spec->policy.held_by == HeldBy::salloc) {
    const Seconds limit = c_.config().timeouts.inactive_limit;
    return limit > Seconds(0) && since + limit <= c_.now_.mono;
  }
  const bool steps_run = std::any_of(job.steps.begin(), job.steps.end(),
                                     [](const Step& step) { return !step.ended && step.id != StepId::external(); });
  if (steps_run) since = c_.now_.mono;
  return since + c_.config().timeouts.message_timeout <= c_.now_.mono;
}

void Attendance::end_abandoned() {
  std::erase_if(c_.waiting_.attended.by, [&](const auto& entry) {
    const Job* job = c_.state_.find(entry.first);
    return !job || !is_held(*job);
  });
  std::vector<JobId> over;
  for (auto& [id, since] : c_.waiting_.attended.away) {
    const Job* job = c_.state_.find(id);
    if (!job || !is_held(*job) || abandoned(*job, since)) over.push_back(id);
  }
  for (const JobId id : over) {
    c_.waiting_.attended.away.erase(id);
    const Job* job = c_.state_.find(id);
    if (!job || !is_held(*job)) continue;
    if (job->state == JobState::pending)
      Scheduling(c_).end_pending(id, JobState::cancelled, "");
    else if (job->spec->policy.held_by == HeldBy::salloc)
      Scheduling(c_).end_job(id, {JobState::timeout, {}, "InactiveLimit", "CANCELLED DUE TO INACTIVITY"});
    else
      Scheduling(c_).end_job(id, {JobState::cancelled, {}, "", "CANCELLED"});
  }
}

}  // namespace slurmxx
