// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Who may: the owner, root and SlurmUser. What an administrator held, the owner cannot release.
#include "control/job_verbs.h"

#include <algorithm>
#include <csignal>
#include <numeric>

#include <fmt/format.h>

#include "control/config_changes.h"
#include "control/crontabs.h"
#include "control/gang.h"
#include "control/priorities.h"
#include "control/scheduling.h"
#include "core/model/job_name.h"

namespace slurmxx {

namespace {

// It comes from outside, and must hold what IndexSet relies on.
bool is_sound(const IndexSet& tasks) {
  std::uint64_t next = 0;
  for (const IndexSet::Range& range : tasks.ranges()) {
    if (range.step == 0 || range.first < next || range.last < range.first) return false;
    if (!range.contains(range.last)) return false;
    next = std::uint64_t{range.last} + 1;
  }
  return !tasks.empty();
}

}  // namespace

Result<ClientReply> JobVerbs::serve(const JobVerbRequest& request) {
  if (request.tasks && !is_sound(*request.tasks)) return fail(Errc::invalid_job_id);
  const Job* job = c_.state_.find(request.job);
  const bool suspends = request.verb == JobVerb::suspend || request.verb == JobVerb::resume;
  if (request.verb == JobVerb::top) {
    TRY(top(request));
    return ClientReply(DoneReply{});
  }
  if (!job) return fail(suspends ? Errc::unexpected_message : Errc::invalid_job_id);
  if ((suspends || request.verb == JobVerb::notify) && !c_.is_operator(caller_)) return fail(Errc::access_denied);
  if (!c_.manages(caller_, *job))
    return fail(request.verb == JobVerb::cancel ? Errc::access_denied : Errc::user_id_missing);
  if (request.leader && !JobName{request.job, request.leader}.means(*job)) return fail(Errc::invalid_job_id);
  if (job->array && job->array->array == job->id) {
    TRY(serve_array(request));
    return ClientReply(DoneReply{});
  }
  if (request.tasks) return fail(Errc::invalid_job_id);
  const bool whole = c_.config().scheduling.says("whole_hetjob");
  if (const auto& het = job->spec->het; whole && het && !request.leader)
    if (const Job* leader = c_.state_.find(het->leader)) job = leader;
  const bool takes_all = request.verb == JobVerb::requeue || request.verb == JobVerb::requeue_hold ||
                         request.verb == JobVerb::cancel;  // by themselves
  const std::vector<JobId> meant = takes_all ? std::vector{job->id} : Scheduling(c_).with_components(job->id);
  for (const JobId id : meant) TRY(serve_one(*c_.state_.find(id), request));
  return ClientReply(DoneReply{});
}

Result<ClientReply> JobVerbs::serve_many(const JobVerbsRequest& request) {
  if (request.verbs.size() > job_verbs_max)
    return fail(fmt::format("{} orders in one request, at most {} are taken", request.verbs.size(), job_verbs_max));
  JobVerbsReply reply;
  for (const JobVerbRequest& verb : request.verbs) {
    const Result<ClientReply> done = serve(verb);
    reply.outcomes.push_back(done ? ErrorReply{Errc::ok, "", {}} : error_reply(done.error()));
  }
  return ClientReply(std::move(reply));
}

// A job that was cancelled is not cancelled again, and refusals are told anew; signals are sent once.
std::optional<Result<ClientReply>> JobVerbs::answer_again(const JobVerbsRequest& request) {
  const auto ends = [](const JobVerbRequest& verb) {
    return verb.verb == JobVerb::cancel && (verb.signal == 0 || verb.signal == SIGKILL);
  };
  if (std::all_of(request.verbs.begin(), request.verbs.end(), ends)) return std::nullopt;
  return Result(ClientReply(JobVerbsReply{std::vector<ErrorReply>(request.verbs.size(), {Errc::ok, "", {}})}));
}

// A task for which the verb comes too late does not stop the others; that is told if it is so for all.
Status JobVerbs::serve_array(const JobVerbRequest& request) {
  Status outcome = fail(Errc::invalid_job_id);
  bool any = false;
  for (const JobId id : Scheduling(c_).tasks_meant(request.job, request.tasks)) {
    const Status done = serve_one(*c_.state_.find(id), request);
    any = any || done;
    if (!done) outcome = done;
  }
  return any ? Status() : outcome;
}

Status JobVerbs::serve_one(const Job& job, const JobVerbRequest& request) {
  if (request.incomplete_only && is_ended(job.state)) return fail(Errc::job_finished);
  switch (request.verb) {
    case JobVerb::cancel:
      return cancel(job, request);
    case JobVerb::hold:
      return hold(job, c_.is_operator(caller_) ? Hold::admin : Hold::user);
    case JobVerb::user_hold:
      return hold(job, Hold::user);
    case JobVerb::release:
      return release(job);
    case JobVerb::requeue:
      return requeue(job, request.special_exit ? Hold::special_exit : Hold::none);
    case JobVerb::requeue_hold:
      return requeue(job, request.special_exit ? Hold::special_exit : Hold::user, "job requeued in held state");
    case JobVerb::suspend:
      return suspend(job);
    case JobVerb::resume:
      return resume(job);
    case JobVerb::notify:
      return notify(job, request.message);
    case JobVerb::top:
      break;  // is not about one job
  }
  return {};
}

namespace {

// Only among these do jobs change places.
bool are_alike(const JobSpec& a, const JobSpec& b) {
  return a.owner.uid == b.owner.uid && a.labels.account == b.labels.account && a.labels.qos == b.labels.qos &&
         a.placement.partitions == b.placement.partitions;
}

// The sum before it is held within its bounds.
std::int64_t unbounded(const PriorityTerms& terms) {
  std::int64_t sum = terms.site - terms.nice;
  for (const PriorityTerm& factor : terms.factors) sum += factor.weighted;
  for (const TresTerm& tres : terms.tres) sum += tres.term.weighted;
  return sum;
}

}  // namespace

Result<std::vector<JobId>> JobVerbs::jobs_for_top(const JobVerbRequest& request) const {
  std::vector<JobId> named{request.job};
  for (const JobId id : request.others)
    if (std::find(named.begin(), named.end(), id) == named.end()) named.push_back(id);
  const bool users_may = c_.config().scheduling.says("enable_user_top");
  const Job* first = c_.state_.find(request.job);
  for (const JobId id : named) {
    const Job* job = c_.state_.find(id);
    if (!job) return fail(Errc::invalid_job_id);
    const bool own = users_may && job->spec->owner.uid == caller_.uid;
    if (!own && !c_.is_operator(caller_)) return fail(Errc::access_denied);
    if (is_ended(job->state)) return fail(Errc::job_finished);
    if (job->state != JobState::pending) return fail(Errc::job_not_pending);
    if (job->hold != Hold::none) return fail(Errc::job_held);
    const auto& partitions = job->spec->placement.partitions;
    if (partitions.size() != 1 || !are_alike(*job->spec, *first->spec)) return fail(Errc::not_supported);
    // priority/basic, or a priority set by hand
    if (c_.planning_.priorities->terms(*job, partitions.front()).factors.empty()) return fail(Errc::not_supported);
  }
  return named;
}

// Those named go before all that are alike, by their nice values; what they gain the others lose.
Status JobVerbs::top(const JobVerbRequest& request) {
  TRY_ASSIGN(const std::vector<JobId> named, jobs_for_top(request));
  const Job& first = *c_.state_.find(request.job);
  const Priorities& priorities = *c_.planning_.priorities;
  std::int64_t highest = 0;
  std::vector<JobId> others;
  for (const auto& [id, rank] : c_.pending_.all()) {
    const Job& job = *c_.state_.find(id);
    if (job.hold != Hold::none || job.priority || !are_alike(*job.spec, *first.spec)) continue;
    highest = std::max<std::int64_t>(highest, priorities.of(job));
    if (std::find(named.begin(), named.end(), id) == named.end()) others.push_back(id);
  }
  const auto shares = static_cast<std::int64_t>(others.size());
  std::vector<std::int64_t> gains;
  for (std::size_t i = 0; i < named.size(); ++i) {
    const Job& job = *c_.state_.find(named[i]);
    const PriorityTerms terms = priorities.terms(job, job.spec->placement.partitions.front());
    gains.push_back(highest + static_cast<std::int64_t>(named.size() - 1 - i) - unbounded(terms));
  }
  const bool passes_all = std::accumulate(gains.begin(), gains.end(), std::int64_t{0}) >= shares;
  std::int64_t lost = 0;
  for (std::size_t i = 0; i < named.size(); ++i) {
    const std::int64_t gain = gains[i] + (passes_all ? 0 : shares);
    lost += gain;
    change_nice(named[i], -gain);
  }
  for (std::int64_t i = 0; i < shares; ++i)  // the sum of all stays as it is
    change_nice(others[static_cast<std::size_t>(i)], lost / shares + (i < lost % shares ? 1 : 0));
  return {};
}

void JobVerbs::change_nice(JobId job, std::int64_t by) {
  auto spec = std::make_shared<JobSpec>(*c_.state_.find(job)->spec);
  spec->policy.nice += by;
  c_.emit(JobChanged{job, std::move(spec), {}, {}, false});
}

Status JobVerbs::cancel(const Job& job, const JobVerbRequest& request) {
  if (is_ended(job.state)) return fail(Errc::already_done);
  const bool ends = !request.step && (request.signal == 0 || request.signal == SIGKILL);
  if (job.spec->cron && ends && !request.cron)
    return fail(Errc::error, "Cannot cancel scrontab jobs without --cron flag.");
  if (job.spec->cron && ends) Crontabs(c_).cancelled(job);
  if (request.step && *request.step != StepId::batch()) return cancel_step(job, request);
  if (request.signal != 0 && request.signal != SIGKILL) {
    if (!job.runs()) return fail(Errc::job_not_running);
    for (const JobId id : Scheduling(c_).with_components(job.id)) signal(*c_.state_.find(id), request);
    return {};
  }
  if (!job.runs()) {
    if (job.spec->het && job.spec->het->offset > 0)
      return fail(Errc::error, "a component of a heterogeneous job that is pending cannot be cancelled alone");
    Scheduling(c_).end_pending(job.id, JobState::cancelled, "");
    return {};
  }
  const JobId cancelled = job.id;
  const ExitCode exit{0, job.spec->policy.batch ? static_cast<std::uint32_t>(SIGTERM) : 0u};
  for (const JobId id : Scheduling(c_).with_components(cancelled))
    if (c_.state_.find(id)->runs())
      c_.emit(JobKillOrdered{id, KillOrder{JobState::cancelled, caller_.uid, c_.now_.wall, false, Hold::none}});
  Scheduling(c_).end_job(cancelled, {JobState::cancelled, exit, "", "CANCELLED"});
  return {};
}

void JobVerbs::signal(const Job& job, const JobVerbRequest& request) {
  SignalJob order{{job.id, job.restarts}, request.signal};
  order.batch_only = request.batch_only;
  order.with_batch = request.full;
  for (NodeIndex node : job.unfinished) c_.order(node, order);
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
  return fail(job.ended_steps.find(*request.step) ? Errc::already_done : Errc::invalid_job_id);
}

// One that runs goes on: it is held if it comes back to the queue.
// Nobody but an operator makes another hold of an administrator's.
bool JobVerbs::is_kept_held(const Job& job) const { return job.hold == Hold::admin && !c_.is_operator(caller_); }

Status JobVerbs::hold(const Job& job, Hold kind) {
  if (is_ended(job.state)) return fail(Errc::job_finished);
  if (job.state != JobState::pending && !job.runs()) return fail(Errc::job_not_pending);
  if (job.is_special_exit()) return {};
  if (is_kept_held(job)) kind = Hold::admin;
  JobChanged change{job.id, nullptr, kind, {}, false};
  c_.emit(std::move(change));
  return {};
}

Status JobVerbs::release(const Job& job) {
  if (is_ended(job.state)) return fail(Errc::job_finished);
  if (job.state != JobState::pending && !job.runs()) return fail(Errc::job_not_pending);
  if (job.hold == Hold::admin && !c_.is_operator(caller_)) return fail(Errc::access_denied);
  JobChanged change{job.id, nullptr, Hold::none, {}, true};
  c_.emit(std::move(change));
  return {};
}

Status JobVerbs::requeue(const Job& job, Hold hold_after, std::string reason) {
  if (job.spec->het && job.spec->het->offset > 0)
    return fail(Errc::error, "only a whole heterogeneous job can be requeued: name its leader");
  if (!job.spec->policy.batch) return fail(Errc::batch_only);
  if (!job.spec->policy.requeue.value_or(c_.config().jobs.job_requeue)) return fail(Errc::disabled);
  if (job.state == JobState::pending) {
    if (hold_after == Hold::none || hold_after == Hold::special_exit) return fail(Errc::job_pending);
    for (const JobId id : Scheduling(c_).with_components(job.id)) TRY(hold(*c_.state_.find(id), hold_after));
    return {};
  }
  if (!may(job.state, JobEventKind::requeued)) return fail(Errc::job_finished);
  if (job.state == JobState::suspended && !job.allocation->stands_aside && hold_after == Hold::none) {
    hold_after = Hold::user;
    reason = "job requeued in held state";
  }
  if (hold_after == Hold::special_exit && reason.empty()) reason = "job requeued in special exit state";
  if (hold_after == Hold::user && is_kept_held(job)) hold_after = Hold::admin;
  Scheduling(c_).requeue_job(job.id, hold_after, reason, Scheduling::By::hand);
  return {};
}

// What stands still for a while: the state first, then the processes.
Status JobVerbs::suspend(const Job& job) {
  if (job.state == JobState::pending) return fail(Errc::job_pending);
  if (!job.runs()) return fail(Errc::already_done);
  const bool configuring = job.preparing || c_.waiting_.unprepared.contains(job.id);
  if (configuring) return fail(Errc::transition_state_no_update);
  if (job.state == JobState::suspended && !Gang(c_).leave(job)) return {};
  c_.emit(JobSuspended{job.id});
  for (NodeIndex node : job.unfinished)
    c_.order(node, SuspendJob{{job.id, job.restarts}, false, c_.planning_.suspend_grace});
  return {};
}

Status JobVerbs::resume(const Job& job) {
  if (job.state == JobState::pending) return fail(Errc::job_pending);
  if (!job.runs()) return fail(Errc::already_done);
  if (job.state != JobState::suspended) return fail(Errc::job_not_suspended);
  c_.emit(JobResumed{job.id});
  for (NodeIndex node : job.unfinished) c_.order(node, SuspendJob{{job.id, job.restarts}, true});
  return {};
}

Status JobVerbs::notify(const Job& job, const std::string& message) {
  if (!job.runs()) return fail(job.state == JobState::pending ? Errc::job_pending : Errc::already_done);
  const NodeIndex first = job.allocation->batch_node();
  c_.order(first, NotifyJob{{job.id, job.restarts}, message});
  return {};
}

}  // namespace slurmxx
