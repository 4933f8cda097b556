// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Who may: the owner, root and SlurmUser. What an administrator held, the owner cannot release.
#include "control/job_verbs.h"

#include <csignal>

#include "control/scheduling.h"

namespace slurmxx {

Result<ClientReply> JobVerbs::serve(const JobVerbRequest& request) {
  const Job* job = c_.state_.find(request.job);
  if (!job) return fail(Errc::invalid_job_id);
  if (job->spec->owner.uid != caller_.uid && !c_.is_operator(caller_))
    return fail(request.verb == JobVerb::cancel ? Errc::access_denied : Errc::user_id_missing);
  Status done;
  switch (request.verb) {
    case JobVerb::cancel:
      done = cancel(*job, request);
      break;
    case JobVerb::hold:
      done = hold(*job, job->spec->owner.uid == caller_.uid ? Hold::user : Hold::admin);
      break;
    case JobVerb::user_hold:
      done = hold(*job, Hold::user);
      break;
    case JobVerb::release:
      done = release(*job);
      break;
    case JobVerb::requeue:
      done = requeue(*job, Hold::none);
      break;
    case JobVerb::requeue_hold:
      done = requeue(*job, Hold::user);
      break;
  }
  if (!done) return done.error();
  return ClientReply(DoneReply{});
}

Status JobVerbs::cancel(const Job& job, const JobVerbRequest& request) {
  if (is_ended(job.state)) return fail(Errc::already_done);
  const bool runs = job.state == JobState::running || job.state == JobState::suspended;
  if (request.step && *request.step != StepId::batch()) return cancel_step(job, request);
  if (request.signal != 0 && request.signal != SIGKILL) {
    if (!runs) return fail(Errc::job_not_running);
    SignalJob order{{job.id, job.restarts}, request.signal};
    order.batch_only = request.batch_only;
    order.with_batch = request.full;
    for (NodeIndex node : job.unfinished) c_.order(node, order);
    return {};
  }
  if (!runs) {
    c_.emit(JobEnded{job.id, JobState::cancelled, {}, ""});
    return {};
  }
  const ExitCode exit{0, job.spec->policy.batch ? static_cast<std::uint32_t>(SIGTERM) : 0u};
  c_.emit(JobKillOrdered{job.id, KillOrder{JobState::cancelled, caller_.uid, c_.now_.wall, false, Hold::none}});
  Scheduling(c_).end_job(request.job, {JobState::cancelled, exit, "", "CANCELLED"});
  return {};
}

Status JobVerbs::cancel_step(const Job& job, const JobVerbRequest& request) {
  for (const Step& step : job.steps) {
    if (step.id != *request.step) continue;
    if (step.ended) return fail(Errc::already_done);
    SignalJob order{{job.id, job.restarts}, request.signal == 0 ? SIGKILL : request.signal};
    order.step = step.id;
    for (NodeIndex node : step.unfinished) c_.order(node, order);
    return {};
  }
  return fail(Errc::invalid_job_id);
}

Status JobVerbs::hold(const Job& job, Hold kind) {
  if (is_ended(job.state)) return fail(Errc::job_finished);
  if (job.state != JobState::pending) return fail(Errc::job_not_pending);
  JobChanged change{job.id, nullptr, kind, {}, false};
  c_.emit(std::move(change));
  return {};
}

Status JobVerbs::release(const Job& job) {
  if (is_ended(job.state)) return fail(Errc::job_finished);
  if (job.state != JobState::pending) return fail(Errc::job_not_pending);
  if (job.hold == Hold::admin && !c_.is_operator(caller_)) return fail(Errc::access_denied);
  JobChanged change{job.id, nullptr, Hold::none, {}, true};
  c_.emit(std::move(change));
  return {};
}

Status JobVerbs::requeue(const Job& job, Hold hold_after) {
  if (!job.spec->policy.batch) return fail(Errc::batch_only);
  if (!job.spec->policy.requeue.value_or(c_.config().jobs.job_requeue)) return fail(Errc::disabled);
  if (job.state == JobState::pending) {
    if (hold_after == Hold::none) return fail(Errc::job_pending);
    return hold(job, hold_after);
  }
  if (job.completing()) return fail(Errc::transition_state_no_update);
  const JobId id = job.id;
  Scheduling(c_).requeue_job(id, hold_after, hold_after == Hold::none ? "" : "job requeued in held state");
  return {};
}

}  // namespace slurmxx
