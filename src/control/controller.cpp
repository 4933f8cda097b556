// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The frame of a batch: what comes in goes to the class that knows (submission, job_verbs, updates, node_life,
// scheduling); here are time, the log, the outbox and the indexes that follow from events.
#include "control/controller.h"

#include <algorithm>
#include <csignal>

#include <fmt/format.h>

#include "control/accounting_audit.h"
#include "control/accounts.h"
#include "control/attendance.h"
#include "control/config_changes.h"
#include "control/configure.h"
#include "control/count_job.h"
#include "control/crontabs.h"
#include "control/dependencies.h"
#include "control/fairness.h"
#include "control/gang.h"
#include "control/health_checks.h"
#include "control/job_scripts.h"
#include "control/job_verbs.h"
#include "control/mail.h"
#include "control/node_life.h"
#include "control/plan_events.h"
#include "control/power_saving.h"
#include "control/preemption.h"
#include "control/reboots.h"
#include "control/reservation_programs.h"
#include "control/reservations.h"
#include "control/scheduling.h"
#include "control/steps.h"
#include "control/submission.h"
#include "control/triggers.h"
#include "control/updates.h"
#include "control/usage_inquiry.h"
#include "core/text/words.h"
#include "state/codec.h"

namespace slurmxx {

Controller::Controller(ControllerOptions options, Recovered recovered, Now now)
    : options_(std::move(options)), state_(std::move(recovered.state)), requests_(std::move(recovered.requests)) {
  options_.file = options_.config;
  for (const std::uint8_t byte : recovered.log) options_.log += fmt::format("{:02x}", byte);
  begin(now);
  planning_.statistics.since = now_.wall;
  const bool same = configured_event(*options_.file).text == state_.configuration();
  planning_.rules = rules_of(config());
  if (same) renew_config();
  take_stock();
  emit(EpochBegan{Epoch(state_.epoch().value + 1), options_.host});
  // A restart with the same configuration keeps what was changed at run time.
  if (!same) {
    const Status configured = configure(options_.file);
    SLURMXX_CHECK(configured.ok());
  } else {
    Fairness(*this).configured();
  }
  JobScripts(*this).tell_unprepared();
  NodeLife(*this).everyone_silent();
  Attendance(*this).everyone_away();
  Scheduling(*this).forget_old_warnings();
  Mail(*this).skip_old_limits();
  JobScripts(*this).run_owed();
  Triggers(*this).happened(TriggerEvent::primary_slurmctld_resumed_control);
  Triggers(*this).happened(TriggerEvent::primary_slurmctld_resumed_operation);
}

Controller::Controller(ControllerOptions options, Recovered recovered, Now now, FollowOnly)
    : options_(std::move(options)), state_(std::move(recovered.state)), requests_(std::move(recovered.requests)) {
  options_.file = options_.config;
  begin(now);
  renew_config();
  take_stock();
}

void Controller::take_stock() {
  Accounts(*this).renew();
  Scheduling(*this).refresh_priorities();
  state_.jobs().for_each([&](std::uint64_t, const Job& job) {
    pending_.note(job, planning_.priorities->of(job));
    index_.arrays.note(job);
    index_.dependencies.note(job);
    if (!job.unfinished.empty()) active_.insert(job.id);
    if (job.state == JobState::running && options_.config->launch.prolog_flags.alloc)
      waiting_.unprepared[job.id] = {job.unfinished.begin(), job.unfinished.end()};
    if (is_ended(job.state)) ended_.insert({job.times.ended.value_or(Instant()), job.id});
    if (is_ended(job.state) && job.holds_nothing() && job.spec->cron) index_.cron_over.insert(job.id);
  });
  Preempting(*this).renew();
  renew_topologies();
}

void Controller::begin(Now now) {
  now_ = now;
  now_.wall = std::max(now.wall, state_.at());
}

void Controller::emit(Event event) {
  Record record{LogPosition(state_.position().value + 1), now_.wall, serving_.request, std::move(event)};
  if (serving_.actor && tells_actor(record.event)) record.actor = serving_.actor;
  if (const Status applied = apply(state_, record); !applied.ok())
    check_failed(("the state takes an event of our own: " + applied.error().message).c_str(), __FILE__, __LINE__);
  requests_.apply(record);
  observe(record.event);
  commit_.records.push_back(std::move(record));
}

template <class OfJob>
void Controller::observe_job(JobId id, const OfJob& event) {
  const Job* job = state_.find(id);
  if (!job) return index_.accounts.usage.forget(id);
  count_job(event, planning_.statistics.jobs);
  pending_.note(*job, planning_.priorities->of(*job));
  index_.arrays.note(*job);
  index_.dependencies.note(*job);
  JobScripts(*this).follow(event, *job);
  Mail(*this).follow(event, *job);
  Accounts(*this).note(*job);
  job->unfinished.empty() ? void(active_.erase(id)) : void(active_.insert(id));
  const bool over = is_ended(job->state) && job->holds_nothing();
  if (over) ended_.insert({*job->times.ended, id});
  if (over && job->spec->cron) index_.cron_over.insert(id);
  settle_waiters(id);
  if (job->array && job->array->array != id) settle_waiters(job->array->array);
}

template <class E, class... Kinds>
constexpr bool is_any_of = (std::is_same_v<std::decay_t<E>, Kinds> || ...);

void Controller::observe(const Event& event) {
  std::visit(
      [this](const auto& e) {
        if constexpr (may_change_plan<std::decay_t<decltype(e)>>) {
          planning_.clock.changed();
          timers_.power.look = Instant();
        }
        const bool new_config = puts_over_config(e, config());
        if (new_config) renew_config();
        if constexpr (requires { e.components; })
          for (const JobSubmitted& one : e.components) observe_job(one.job, one);
        else if constexpr (requires { JobId(e.job); })
          observe_job(e.job, e);
        if constexpr (requires { e.part; })
          if (e.part != e.job) observe_job(e.part, e);
        if constexpr (is_any_of<decltype(e), JobStarted>) Preempting(*this).forget_done();
        constexpr bool changes_shape = is_any_of<decltype(e), ClusterConfigured, PartitionChanged, NodeChanged,
                                                 NodeAdded, NodeRemoved, PartitionRemoved>;
        if constexpr (changes_shape) shape_ = {};
        constexpr bool changes_nodes = is_any_of<decltype(e), ClusterConfigured, NodeAdded, NodeRemoved>;
        if constexpr (changes_nodes) renew_topologies();
        if constexpr (requires { e.overrides; })
          if (e.overrides) renew_topologies();
        // What was set aside names nodes by their numbers.
        if constexpr (changes_nodes) planning_.reasons = std::make_shared<const Reasons>();
        constexpr bool changes_accounts = is_any_of<decltype(e), ClusterConfigured, AccountsChanged>;
        if constexpr (changes_accounts) Accounts(*this).renew();
        if constexpr (is_any_of<decltype(e), NodeAdded, NodeRemoved, PartitionChanged>) Accounts(*this).measure_anew();
        if (new_config || changes_accounts) Preempting(*this).renew();
        if constexpr (is_any_of<decltype(e), StepLeftNode, JobScriptEnded, JobEnded>) waiting_.steps_may_fit = true;
      },
      event);
}

void Controller::answer(SessionId to, std::uint64_t call, ClientReply reply) {
  outgoing_.push_back({state_.position(), to, ClientAnswer{call, std::move(reply)}});
}

void Controller::order(NodeIndex node, NodeOrder order) {
  auto session = session_of_node_.find(node);
  if (session != session_of_node_.end()) outgoing_.push_back({state_.position(), session->second, std::move(order)});
}

struct Controller::Service {
  Controller& self;
  SessionId from;
  const Caller& caller;
  const ClientCall& call;

  Result<ClientReply> operator()(const PingRequest&) {
    return ClientReply(PongReply{self.options_.host, SLURMXX_VERSION, self.state_.epoch()});
  }
  Result<ClientReply> operator()(const SubmitRequest& request) {
    TRY_ASSIGN(ClientReply reply, Submission(self, caller).submit(request));
    const JobId job = std::get<SubmitReply>(reply).job;
    if (request.test_only || request.spec.policy.held_by == HeldBy::nobody) return reply;
    Attendance(self).speaks(from, caller, job);
    if (!request.step) return reply;
    self.waiting_.first_steps.push_back({from, caller, call, job});
    return fail(Errc::ok);  // answered at the end of the batch
  }
  Result<ClientReply> operator()(const JobVerbRequest& request) { return JobVerbs(self, caller).serve(request); }
  Result<ClientReply> operator()(const JobVerbsRequest& request) { return JobVerbs(self, caller).serve_many(request); }
  Result<ClientReply> operator()(const UpdateRequest& request) { return Updates(self, caller).serve(request); }
  Result<ClientReply> operator()(const JobsRequest&) { return query(); }
  Result<ClientReply> operator()(const NodesRequest&) { return query(); }
  Result<ClientReply> operator()(const ConfigRequest&) { return query(); }
  Result<ClientReply> operator()(const ReservationsRequest&) { return query(); }
  Result<ClientReply> operator()(const TriggersRequest&) { return query(); }
  Result<ClientReply> operator()(const PrioritiesRequest&) { return query(); }
  Result<ClientReply> operator()(const LicensesRequest&) { return query(); }
  Result<ClientReply> operator()(const SharesRequest&) { return query(); }
  Result<ClientReply> operator()(const StatisticsRequest& request) {
    if (!request.reset) return query();
    if (!self.is_operator(caller)) return fail(Errc::access_denied);
    self.planning_.statistics.reset(self.now_.wall);
    return ClientReply(DoneReply{});
  }
  Result<ClientReply> operator()(const AssociationsRequest&) { return Accounts(self).show(caller); }
  Result<ClientReply> operator()(const SetTriggerRequest& request) {
    TRY(Triggers(self).set(request, caller));
    return ClientReply(DoneReply{});
  }
  Result<ClientReply> operator()(const ClearTriggersRequest& request) {
    TRY(Triggers(self).clear(request, caller));
    return ClientReply(DoneReply{});
  }
  Result<ClientReply> operator()(const ExplainRequest& request) {
    TRY_ASSIGN(Explanation found, Scheduling(self).explain(request, caller));
    return ClientReply(ExplainReply{self.now_.wall, std::move(found)});
  }
  Result<ClientReply> operator()(const DaemonRequest& request) {
    if (!self.is_administrator(caller)) return fail(Errc::user_id_missing);
    self.asked_ = request.verb;
    if (request.verb == DaemonVerb::shutdown && request.nodes_too)
      for (const auto& [node, session] : self.session_of_node_) self.order(node, Shutdown{});
    if (request.verb != DaemonVerb::reconfigure) return ClientReply(DoneReply{});
    self.waiting_.reconfigure.emplace_back(from, call.call);
    return fail(Errc::ok);  // answered later
  }
  Result<ClientReply> operator()(const WaitRequest& request) {
    if (!self.state_.find(request.job)) return fail(Errc::invalid_job_id);
    TRY(self.check_room_to_wait(caller.uid));
    self.waiting_.jobs.insert({request.job, {from, call.call, request.for_start, request.for_end, caller.uid}});
    ++self.waiting_.of_user[caller.uid];
    Attendance(self).speaks(from, caller, request.job);
    self.settle_waiters(request.job);
    return fail(Errc::ok);  // answered later
  }
  Result<ClientReply> operator()(const StepRequest& request) { return step(request, request.job); }
  Result<ClientReply> operator()(const HetStepRequest& request) {
    if (!self.planning_.rules->parameters.submission.hetjob_steps)
      return fail(Errc::not_supported, "SchedulerParameters has disable_hetjob_steps: no step spans components");
    return step(request, request.components.empty() ? JobId() : request.components.front().job);
  }
  template <class Request>
  Result<ClientReply> step(const Request& request, JobId job) {
    Attendance(self).speaks(from, caller, job);
    TRY_ASSIGN(std::optional<ClientReply> made, Steps(self).create(caller, request));
    if (made) {
      self.remember_step(call.request, std::get<StepReply>(*made));
      return std::move(*made);
    }
    TRY(self.check_room_to_wait(caller.uid));
    self.waiting_.steps.push_back({from, caller, call});
    ++self.waiting_.of_user[caller.uid];
    return fail(Errc::ok);  // answered later
  }
  Result<ClientReply> operator()(const BroadcastRequest& request) { return Steps(self).broadcast(caller, request); }
  Result<ClientReply> operator()(const AttachRequest& request) { return Steps(self).attach(caller, request); }
  Result<ClientReply> operator()(const UsageRequest& request) {
    TRY_ASSIGN(std::optional<ClientReply> known, UsageInquiry(self).ask(from, caller, call.call, request));
    if (known) return std::move(*known);
    return fail(Errc::ok);  // answered when the nodes have told
  }
  Result<ClientReply> operator()(const FinishRequest& request) {
    TRY(Steps(self).finish(caller, request));
    return ClientReply(DoneReply{});
  }
  Result<ClientReply> operator()(const CrontabRequest& request) { return Crontabs(self).show(request, caller); }
  Result<ClientReply> operator()(const SetCrontabRequest& request) { return Crontabs(self).set(request, caller); }
  // Whoever holds the blobs answers (published.h, script_of).
  Result<ClientReply> operator()(const ScriptRequest&) { return fail(Errc::unexpected_message); }
  Result<ClientReply> query() { return *answer_query(*self.publish(), call.body, self.now_.wall); }
};

// What is in the log under this request is not done again. Submission knows its own answer.
std::optional<Result<ClientReply>> Controller::answer_given_before(const ClientCall& call) {
  if (call.request == RequestId() || !requests_.find(call.request)) return std::nullopt;
  if (std::holds_alternative<StepRequest>(call.body) || std::holds_alternative<HetStepRequest>(call.body)) {
    const auto made = waiting_.made.find(call.request);
    if (made != waiting_.made.end()) return Result(ClientReply(made->second));
    return Result<ClientReply>(
        fail(Errc::transition_state_no_update, "The step's answer was lost with the slurmctld before: ask again"));
  }
  if (const auto* crontab = std::get_if<SetCrontabRequest>(&call.body))
    return Result(ClientReply(CrontabReply{crontab->text, {}}));
  if (const auto* many = std::get_if<JobVerbsRequest>(&call.body)) return JobVerbs::answer_again(*many);
  const bool changes =
      std::holds_alternative<JobVerbRequest>(call.body) || std::holds_alternative<UpdateRequest>(call.body) ||
      std::holds_alternative<SetTriggerRequest>(call.body) || std::holds_alternative<ClearTriggersRequest>(call.body) ||
      std::holds_alternative<FinishRequest>(call.body);
  if (!changes) return std::nullopt;
  if (const auto* update = std::get_if<UpdateRequest>(&call.body); update && update->entity == "reservation")
    return Result(ReservationKeeper(*this).answer_again(*update));
  return Result(ClientReply(DoneReply{}));
}

void Controller::remember_step(RequestId request, const StepReply& reply) {
  constexpr std::size_t made_max = 1000;
  waiting_.made.emplace(request, reply);
  waiting_.made_order.push_back(request);
  if (waiting_.made_order.size() <= made_max) return;
  waiting_.made.erase(waiting_.made_order.front());
  waiting_.made_order.pop_front();
}

void Controller::call(SessionId from, const Caller& caller, const ClientCall& call) {
  serving_ = {call.request, RecordActor{caller.uid, caller.host}};
  std::optional<Result<ClientReply>> before = answer_given_before(call);
  Result<ClientReply> reply = before ? std::move(*before) : std::visit(Service{*this, from, caller, call}, call.body);
  serving_ = {};
  if (reply) return answer(from, call.call, std::move(*reply));
  if (reply.error().code != Errc::ok) answer(from, call.call, error_reply(reply.error()));
}

void Controller::report(SessionId from, const NodeReport& report) { NodeLife(*this).report(from, report); }

void Controller::accounts_told(const AccountBook& book) { Accounts(*this).told(book); }

void Controller::script_ended(const SiteScriptEnded& end) { JobScripts(*this).ended(end); }

void Controller::closed(SessionId session) {
  NodeLife(*this).closed(session);
  Attendance(*this).closed(session);
  UsageInquiry(*this).closed(session);
  const auto leaves = [&](SessionId of, Uid user) {
    if (of == session) waiting_.went(user);
    return of == session;
  };
  std::erase_if(waiting_.jobs, [&](const auto& entry) { return leaves(entry.second.session, entry.second.user); });
  std::erase_if(waiting_.steps, [&](const WaitingStep& step) { return leaves(step.session, step.caller.uid); });
  std::erase_if(waiting_.reconfigure, [&](const auto& waiter) { return waiter.first == session; });
}

void Controller::finish() {
  Scheduling scheduling(*this);
  if (now_.mono >= timers_.next_second) {
    timers_.next_second = now_.mono + Seconds(1);
    NodeLife(*this).check_silence();
    NodeLife(*this).trust_resumed();
    ReservationPrograms(*this).tick();
    ReservationKeeper(*this).tick();
    const bool look_at_nodes = timers_.power.look && *timers_.power.look <= now_.wall;
    PowerSaving(*this).tick();
    if (look_at_nodes) Reboots(*this).tick();
    Accounts(*this).share_accrual();
    Triggers(*this).tick();
    Fairness(*this).tick();
    scheduling.strike_deadlines();
    scheduling.warn_before_limits();
    Mail(*this).look_at_limits();
    scheduling.strike_time_limits();
    Preempting(*this).end_graces();
    Gang(*this).tick();
    Accounts(*this).end_used_up();
    scheduling.purge_old_jobs();
    scheduling.give_up_immediate();
    Attendance(*this).end_abandoned();
    HealthChecks(*this).order_due();
    UsageInquiry(*this).give_up_late();
    index_.dependencies.touch_delayed();
  }
  Crontabs(*this).come_again();
  DependencyJudge(*this).settle();
  scheduling.plan_if_due();
  Gang(*this).settle();
  answer_first_steps();
  if (waiting_.steps_may_fit) retry_waiting_steps();
}

std::vector<std::string> Controller::node_names(const Allocation& allocation) const {
  std::vector<std::string> names;
  for (const NodeShare& share : allocation.shares) names.push_back(state_.find(share.node)->name);
  return names;
}

Commit Controller::take_commit() { return std::exchange(commit_, {}); }

std::vector<Outgoing> Controller::take_outgoing(LogPosition durable) {
  std::vector<Outgoing> ready;
  while (!outgoing_.empty() && outgoing_.front().after <= durable) {
    ready.push_back(std::move(outgoing_.front()));
    outgoing_.pop_front();
  }
  return ready;
}

MonoTime Controller::next_wake() const { return Scheduling::next_wake(*this); }

}  // namespace slurmxx
