// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The plan is verified again by apply(); here it cannot fail, since planner and state are one thread's. With many jobs
// waiting, passes keep a distance that grows with the queue, so that a flood of submissions is not a flood of passes;
// between them the head of the queue is looked at, so that what comes free is used at once.
#include "control/scheduling.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "control/accounts.h"
#include "control/configure.h"
#include "control/fairness.h"
#include "control/mail.h"
#include "control/partition_access.h"
#include "control/power_saving.h"
#include "control/preemption.h"
#include "control/queue_order.h"
#include "control/reboots.h"
#include "control/steps.h"
#include "core/model/eligible.h"
#include "core/place/step_cpus.h"

namespace slurmxx {

// Tiers of partitions come before priorities, and an order by slowdowns in place of them: then the head by priority is
// not where the planner begins.
bool Scheduling::head_is_enough(const Controller& c) {
  if (c.pending_.size() <= 2 * head_jobs) return false;
  if (c.planning_.rules->policies.slowdown_order) return false;
  const auto& partitions = c.state_.partitions();
  return std::all_of(partitions.begin(), partitions.end(),
                     [&](const auto& p) { return p->priority_tier == partitions.front()->priority_tier; });
}

void Scheduling::plan_if_due() {
  Controller::Planning& planning = c_.planning_;
  if (planning.fresh_arrays.release(c_.now_.mono)) planning.clock.changed();
  if (planning.clock.is_interval_over(c_.now_.mono, look_interval(planning.rules->parameters)) && has_drifted())
    planning.clock.changed();
  const PlanClock::Look look = planning.clock.due(c_.now_.mono, c_.now_.wall, head_is_enough(c_));
  if (look == PlanClock::Look::none) return;
  // A pass costs microseconds a row it looks at; it takes a few hundredths of the time.
  constexpr std::size_t rows_per_ms = 100;
  const std::size_t rows = c_.state_.nodes().size() + c_.active_.size();
  const Millis least(planning.rules->parameters.main.sched_min_interval_us / 1000);
  const auto pause = [&](std::size_t more) {
    return std::max(least, Millis(static_cast<std::int64_t>((rows + more) / rows_per_ms)));
  };
  planning.clock.began(look, c_.now_.mono, {pause(std::min(c_.pending_.size(), head_jobs)), pause(c_.pending_.size())});
  if (c_.pending_.empty()) {
    if (!planning.reasons->empty()) planning.reasons = std::make_shared<const Reasons>();
    Preempting(c_).resume_aside();
    return;
  }
  const Outlook outlook = make_pass(look == PlanClock::Look::whole);
  const bool again = std::exchange(planning.again, false);
  if (look == PlanClock::Look::whole && !again) Preempting(c_).resume_aside();
  // The starts themselves free nothing.
  planning.clock.ended(outlook, again);
}

// Whether the plan may have become another one since the last pass, though nothing has changed.
bool Scheduling::has_drifted() {
  Controller::Planning& planning = c_.planning_;
  if (c_.pending_.empty()) return false;
  if (planning.clock.drifts() || !c_.index_.accounts.limited_over_time.empty()) return true;
  const auto before = planning.priorities;
  if (!before->policy().ages()) return false;
  refresh_priorities();
  rerank();
  std::vector<const Job*> jobs;
  for (const auto& [id, rank] : c_.pending_.all()) jobs.push_back(c_.state_.find(id));
  const bool shared = planning.rules->parameters.backfill.reserves.hetjob_prio != HetJobPriority::own;
  const auto is_component = [](const Job* job) { return job->spec->het.has_value(); };
  if (shared && std::any_of(jobs.begin(), jobs.end(), is_component)) return true;
  return changes_order(c_.state_, jobs, *before, *planning.priorities);
}

void Scheduling::rerank() {
  std::vector<std::pair<JobId, std::uint32_t>> ranks;
  for (const auto& [id, rank] : c_.pending_.all())
    ranks.emplace_back(id, c_.planning_.priorities->of(*c_.state_.find(id)));
  for (const auto& [id, priority] : ranks) c_.pending_.rerank(id, priority);
}

void Scheduling::refresh_priorities() {
  auto fresh = std::make_shared<Priorities>(c_.state_, c_.config(), c_.now_.wall, c_.planning_.standings);
  const auto before = std::exchange(c_.planning_.priorities, nullptr);
  if (before) fresh->keep_floors(*before, c_.state_);
  c_.planning_.priorities = fresh;
}

// Those whose --begin has come, or that nothing else keeps from starting any more: they grow older from now on.
void Scheduling::note_begun() {
  std::vector<JobId> begun;
  for (const auto& [id, rank] : c_.pending_.all()) {
    const Job& job = *c_.state_.find(id);
    if (!job.times.eligible && is_free(job) && has_begun(job, c_.now_.wall)) begun.push_back(id);
  }
  for (const JobId id : begun) c_.emit(JobChanged{id});
}

Outlook Scheduling::make_pass(bool whole) {
  const auto stopwatch = [this] { return c_.options_.stopwatch ? c_.options_.stopwatch() : 0; };
  const std::uint64_t began = stopwatch();
  Controller::Planning& planning = c_.planning_;
  strike_late();
  if (whole) {
    note_begun();
    refresh_priorities();
    rerank();
  }
  ClusterView view = whole ? cluster_view(c_) : head_view(c_);
  const Policies& policies = c_.planning_.rules->policies;
  std::vector<Decision> decisions = plan(view, policies, c_.now_.wall);
  const Outlook outlook = outlook_of(view, policies, decisions, c_.now_.wall);
  std::uint64_t passed = 0;
  Reasons::Rows reasons = carry_out(std::move(decisions), passed);
  planning.blocked.passed(reasons, *planning.reasons, whole);
  planning.reasons =
      std::make_shared<const Reasons>(whole ? Reasons(std::move(reasons)) : planning.reasons->with(std::move(reasons)));
  SchedulingStatistics& statistics = planning.statistics;
  ++(whole ? statistics.exits.end_of_queue : statistics.exits.queue_depth);
  const std::uint64_t took = stopwatch() - began;
  statistics.main.note(took, view.pending.size(), c_.pending_.size(), c_.now_.wall);
  BackfillStatistics& backfill = statistics.backfill;
  backfill.jobs += passed;
  backfill.jobs_since_boot += passed;
  if (!whole || !policies.backfill) return outlook;
  backfill.cycles.note(took, view.pending.size(), c_.pending_.size(), c_.now_.wall);
  backfill.last_depth_tried = view.pending.size();
  backfill.sum_depth_tried += view.pending.size();
  ++backfill.end_of_queue;
  return outlook;
}

namespace {

using Place = std::pair<std::int64_t, JobId>;  // in the queue: the least comes first
Place place_of(const Job& job, const Priorities& priorities) { return {-std::int64_t{priorities.of(job)}, job.id}; }

// By partition the first of those that wait with room set aside.
std::map<std::string, Place> first_with_room(const std::vector<Decision>& decisions, const Priorities& priorities,
                                             const State& state) {
  std::map<std::string, Place> first;
  for (const Decision& decision : decisions) {
    const auto* wait = std::get_if<Wait>(&decision);
    if (!wait || !wait->expected) continue;
    const Job& job = *state.find(wait->job);
    for (const std::string& partition : job.spec->placement.partitions) {
      const auto known = first.try_emplace(partition, place_of(job, priorities)).first;
      known->second = std::min(known->second, place_of(job, priorities));
    }
  }
  return first;
}

std::uint32_t reservation_number(const State& state, const Job& job, const Allocation& allocation) {
  const std::string& drawn = allocation.reservation;
  const Reservation* known = state.find_reservation(drawn.empty() ? job.spec->labels.reservation : drawn);
  return known ? known->number : 0;
}

}  // namespace

// `passed`: how many start past others that wait with room set aside: those are backfilled.
Reasons::Rows Scheduling::carry_out(std::vector<Decision> decisions, std::uint64_t& passed) {
  Reasons::Rows reasons;
  const auto waiting = first_with_room(decisions, *c_.planning_.priorities, c_.state_);
  for (Decision& decision : decisions) {
    if (auto* wait = std::get_if<Wait>(&decision)) {
      const bool is_full = wait->reason->code == ReasonCode::array_task_limit;
      const bool has_none_yet = c_.planning_.fresh_arrays.holds(wait->job);  // that could be in the way of others
      if (!is_full || !has_none_yet) reasons.push_back(std::move(*wait));
      continue;
    }
    if (const auto* preempt = std::get_if<Preempt>(&decision)) {
      if (!c_.planning_.fresh_arrays.holds(preempt->job)) Preempting(c_).carry_out(*preempt);
      continue;
    }
    Start& start = std::get<Start>(decision);
    if (c_.planning_.fresh_arrays.holds(start.job)) continue;  // its room stays free for it
    const auto before = waiting.find(start.allocation.partition);
    const Place own = place_of(*c_.state_.find(start.job), *c_.planning_.priorities);
    const bool past_others = before != waiting.end() && before->second < own;
    passed += past_others ? 1 : 0;
    std::string blocked_by = blocked_before(start.job);
    start.time_limit = limit_by_deadline(c_.state_.find(start.job)->spec->times, start.time_limit, c_.now_.wall);
    start.job = task_to_start(start.job);
    const auto limit_at =
        start.time_limit.unlimited ? std::optional<Instant>() : c_.now_.wall + to_seconds(start.time_limit.value);
    if (!start.licenses.empty()) choose_licenses(start.job, start.licenses);
    choose_limit(start.job, start.time_limit);
    const bool boots = Reboots(c_).begin_for(*c_.state_.find(start.job), start.allocation);
    const bool waits = boots || PowerSaving(c_).is_any_away(start.allocation);
    const bool preparing = waits || !c_.config().launch.prolog_slurmctld.empty();
    start.allocation.charge = Fairness(c_).charge_of(*c_.state_.find(start.job), start.allocation);
    start.allocation.reservation_number = reservation_number(c_.state_, *c_.state_.find(start.job), start.allocation);
    c_.planning_.newcomers = c_.planning_.newcomers || start.allocation.jobs_per_core > 1;
    c_.emit(JobStarted{start.job, std::move(start.allocation), limit_at, preparing, starter_of(start.job, past_others),
                       std::move(blocked_by)});
    if (waits) PowerSaving(c_).job_gets(*c_.state_.find(start.job));
    if (!preparing) launch(start.job);
  }
  return reasons;
}

std::string Scheduling::blocked_before(JobId job) const {
  return c_.planning_.blocked.of(*c_.state_.find(job), *c_.planning_.reasons);
}

StartedBy Scheduling::starter_of(JobId job, bool past_others) const {
  const bool at_once = c_.state_.find(job)->times.submitted == c_.now_.wall;
  return past_others ? StartedBy::backfill : at_once ? StartedBy::submission : StartedBy::main;
}

// Of licences that it would take one or the other of, the job keeps what it got.
void Scheduling::choose_licenses(JobId id, const std::string& licenses) {
  JobSpec spec = *c_.state_.find(id)->spec;
  spec.labels.licenses = licenses;
  c_.emit(JobChanged{id, std::make_shared<const JobSpec>(std::move(spec)), {}, {}});
}

// Of a job with --time-min: the limit that it starts with is its own from now on.
void Scheduling::choose_limit(JobId id, const TimeLimit& limit) {
  JobSpec spec = *c_.state_.find(id)->spec;
  const bool had_none = !spec.times.limit || spec.times.limit->unlimited;
  const bool chosen = spec.times.limit_min || (spec.times.deadline && had_none);
  if (!chosen || limit.unlimited || spec.times.limit == limit) return;
  spec.times.limit = limit;
  c_.emit(JobChanged{id, std::make_shared<const JobSpec>(std::move(spec)), {}, {}});
}

// The first of an array's tasks that wait gets a record of its own.
JobId Scheduling::task_to_start(JobId id) {
  const Job& job = *c_.state_.find(id);
  if (!job.waits_as_array()) return id;
  const JobId part = job.array->tasks.size() == 1 ? id : c_.new_job_id();
  c_.emit(ArraySplit{id, part, IndexSet(job.array->tasks.front()), true});
  return part;
}

std::vector<JobId> Scheduling::tasks_meant(JobId array, const std::optional<IndexSet>& tasks) {
  const std::set<JobId> parts = c_.index_.arrays.parts(array);
  if (!tasks) return {parts.begin(), parts.end()};
  std::vector<JobId> ids;
  for (const JobId id : parts) {
    const Job& job = *c_.state_.find(id);
    IndexSet named = job.array->tasks.common(*tasks);
    if (named.empty()) continue;
    const bool all = job.array->tasks.without(named).empty();
    ids.push_back(all || job.state != JobState::pending ? id : c_.new_job_id());
    if (ids.back() == id) continue;
    const bool is_task = named.size() == 1;
    c_.emit(ArraySplit{id, ids.back(), std::move(named), is_task});
  }
  return ids;
}

void Scheduling::launch(JobId id) {
  if (c_.config().launch.prolog_flags.contain) begin_extern_step(id);
  const Job& job = *c_.state_.find(id);
  for (NodeIndex node : job.unfinished) launch_on(job, node);  // with --no-kill some may have been lost since
}

// PrologFlags=Contain: it holds all of the job's nodes and counts for no resources.
void Scheduling::begin_extern_step(JobId id) {
  const Job& job = *c_.state_.find(id);
  Step step;
  step.id = StepId::external();
  step.name = "extern";
  step.tasks = static_cast<std::uint32_t>(job.unfinished.size());
  step.shares = job.allocation->shares;
  step.overlap = true;
  step.started = c_.now_.wall;
  step.unfinished = job.unfinished;
  c_.emit(StepStarted{id, std::move(step)});
}

void Scheduling::all_prepared(const Job& job) {
  if (c_.config().launch.prolog_flags.defer_batch && job.spec->policy.batch)
    launch_on(job, job.allocation->batch_node());
}

void Scheduling::launch_on(const Job& job, NodeIndex node) {
  const PrologFlags& flags = c_.config().launch.prolog_flags;
  LaunchBatch order;
  order.job = {job.id, job.restarts};
  order.spec = *job.spec;
  order.allocation = *job.allocation;
  order.node_names = c_.node_names(*job.allocation);
  order.started = job.times.started;
  order.submitted = job.times.submitted;
  order.limit_at = job.times.limit_at;
  order.array = job.array_task();
  order.topology = topology_of(c_.state_.nodes().find(job.allocation->batch_node().value)->declared);
  add_network(order);
  const bool deferred = flags.defer_batch && c_.waiting_.unprepared.contains(job.id);
  const bool batch_host = job.allocation->batch_node() == node;
  order.prolog_only = !job.spec->policy.batch || !batch_host || deferred;
  order.prolog_at_once = flags.alloc;
  for (const JobId id : batch_host&& job.spec->het ? with_components(job.id) : std::vector<JobId>()) {
    const Job& component = *c_.state_.find(id);
    if (component.allocation)
      order.het.push_back({id, *component.spec, *component.allocation, c_.node_names(*component.allocation)});
  }
  c_.order(node, std::move(order));
  Steps(c_).launch_extern(job, node);
}

// Where the batch host is on the network.
void Scheduling::add_network(LaunchBatch& order) const {
  const auto topology = c_.planning_.topologies.of_partition(c_.config(), order.allocation.partition);
  if (!topology) return;
  Topology::Address found = topology->address_of(order.allocation.batch_node(), order.node_names.front());
  order.network_address = std::move(found.address);
  order.network_pattern = std::move(found.pattern);
}

void Scheduling::order_end(const Job& job, NodeIndex node, const std::string& why) {
  c_.order(node,
           EndJob{{job.id, job.life_on_nodes()}, c_.config().timeouts.kill_wait, why, job.exit, job.exit_of_steps});
}

// Of the controller: for what has started, whatever came of it.
bool Scheduling::has_epilog(JobId id) const {
  return c_.state_.find(id)->runs() && !c_.config().launch.epilog_slurmctld.empty();
}

std::vector<JobId> Scheduling::with_components(JobId id, bool whole) const {
  const auto& het = c_.state_.find(id)->spec->het;
  if (!het || (het->offset > 0 && !whole)) return {id};
  std::vector<JobId> ids;
  for (std::uint32_t i = 0; i < het->size; ++i)
    if (c_.state_.find(het->component(i))) ids.push_back(het->component(i));
  return ids;
}

// A node that is still booting for a job has never seen it.
void Scheduling::end_on_nodes(JobId id, bool was_preparing, const std::string& why) {
  for (const NodeIndex node : std::vector(c_.state_.find(id)->unfinished))
    if (was_preparing && PowerSaving(c_).is_away(node))
      c_.emit(JobLeftNode{id, node});
    else
      order_end(*c_.state_.find(id), node, why);
}

void Scheduling::end_component(JobId id, const JobEndFacts& facts) {
  const bool preparing = c_.state_.find(id)->preparing;
  c_.emit(JobEnded{id, facts.state, facts.exit, facts.reason, has_epilog(id), facts.script_usage});
  end_on_nodes(id, preparing, facts.why);
}

void Scheduling::end_job(JobId id, const JobEndFacts& facts) {
  for (const JobId one : with_components(id)) {
    const Job& job = *c_.state_.find(one);
    if (job.state == JobState::pending)
      c_.emit(JobEnded{one, JobState::cancelled, {}, "", false, nullptr, blocked_before(one)});
    else if (job.runs())
      end_component(one, {facts.state, one == id ? facts.exit : ExitCode{}, facts.reason, facts.why,
                          one == id ? facts.script_usage : nullptr});
  }
}

void Scheduling::end_pending(JobId id, JobState state, const std::string& reason) {
  for (const JobId one : with_components(id, true))
    if (c_.state_.find(one)->state == JobState::pending)
      c_.emit(JobEnded{one, state, {}, reason, false, nullptr, blocked_before(one)});
}

void Scheduling::requeue_job(JobId id, Hold hold, const std::string& reason, By by) {
  for (const JobId one : with_components(id, true)) {
    const Job& job = *c_.state_.find(one);
    const bool again = by == By::hand && is_ended(job.state) && may(job.state, JobEventKind::requeued);
    if (job.runs() || again) requeue_component(one, hold, reason, by);
  }
}

void Scheduling::requeue_component(JobId id, Hold hold, const std::string& reason, By by) {
  const Job& before = *c_.state_.find(id);
  const bool closing = has_epilog(id) || before.closing;
  const bool preempted = before.is_preempted(), preparing = before.preparing;
  const Seconds ran = Mail::run_time(before, c_.now_.wall);
  const bool too_often = by != By::hand && hold == Hold::none && before.restarts >= c_.config().jobs.max_batch_requeue;
  JobRequeued event{id, hold == Hold::none ? before.hold : hold, reason, closing};
  if (too_often) event = {id, Hold::admin, "JobHoldMaxRequeue", closing};
  event.expedited = by == By::expedited && event.hold == Hold::none;
  if (const Seconds delay = c_.planning_.rules->parameters.start.requeue_delay; delay > Seconds(0) && !event.expedited)
    event.eligible = c_.now_.wall + delay;
  c_.emit(std::move(event));
  Mail(c_).tell_requeue(*c_.state_.find(id), ran);
  end_on_nodes(id, preparing, preempted ? "CANCELLED DUE TO PREEMPTION" : "CANCELLED DUE TO JOB REQUEUE");
}

}  // namespace slurmxx
