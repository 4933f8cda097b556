// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// apply(): one function an event. Each first checks everything it relies on, then changes; so an error changes nothing.
// A share of a node is taken by JobStarted and given back by JobLeftNode, or by JobChanged if a job that runs goes on
// without it; nowhere else.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/model/eligible.h"
#include "state/apply_site.h"
#include "state/node_places.h"
#include "state/node_shares.h"
#include "state/state.h"
#include "state/step_ends.h"
#include "state/usage.h"

namespace slurmxx {

class Applier : public SiteApplier {
 public:
  using SiteApplier::SiteApplier;
  using SiteApplier::operator();

  Status operator()(const ClusterConfigured& event) {
    TRY_ASSIGN(const NodePlaces moved, new_places(state_, event));
    PagedTable<Node> nodes;
    for (std::size_t i = 0; i < event.nodes.size(); ++i) nodes.insert(i, configured_node(state_, event.nodes[i]));
    state_.nodes_ = std::move(nodes);
    renumber_jobs(moved);
    renumber_reservations(moved);
    state_.partitions_.clear();
    for (const Partition& partition : event.partitions)
      state_.partitions_.push_back(std::make_shared<const Partition>(partition));
    state_.configuration_ = std::make_shared<const std::string>(event.text);
    state_.settings_.clear();
    state_.next_job_id_ = std::max(state_.next_job_id_, event.first_job_id);
    return {};
  }

  Status operator()(const JobSubmitted& event) {
    if (state_.find(event.job)) return unfit(event.job, "is there already");
    if (!event.spec) return unfit(event.job, "has no specification");
    if (event.spec->array && event.spec->array->indices.empty()) return unfit(event.job, "is an array without tasks");
    Job job;
    job.id = event.job;
    job.spec = shared_spec(event);
    job.hold = event.hold;
    job.times.submitted = at_;
    job.priority = event.spec->policy.priority;
    if (job.spec->array) job.array = ArrayPart{job.id, job.spec->array->indices, false};
    job.dependencies = event.dependencies;
    settle_eligible(job, at_);
    state_.jobs_.insert(event.job.value, std::move(job));
    state_.next_job_id_ = JobId(event.job.value + 1);
    return {};
  }

  Status operator()(const HetJobSubmitted& event) {
    if (event.components.empty()) return unfit(event.job, "has no components");
    for (std::size_t i = 0; i < event.components.size(); ++i) {
      const JobSubmitted& one = event.components[i];
      if (one.job.value != event.job.value + i) return unfit(event.job, "has components whose ids do not follow");
      if (!one.spec || !one.spec->het || one.spec->het->leader != event.job)
        return unfit(one.job, "does not name its leader");
      if (state_.find(one.job)) return unfit(one.job, "is there already");
    }
    for (const JobSubmitted& one : event.components) TRY((*this)(one));
    return {};
  }

  Status operator()(const AccountsChanged& event) {
    UsageKeeper(state_, at_).accounts_change(event);
    auto book = std::make_shared<AccountBook>(event.whole || !state_.accounts_ ? AccountBook() : *state_.accounts_);
    apply_change(*book, event.change);
    state_.accounts_ = std::move(book);
    return {};
  }

  Status operator()(const JobChanged& event) {
    if (!state_.find(event.job)) return unfit(event.job, "is not there");
    if (event.shrunk_to) TRY(shrink(event.job, *event.shrunk_to));
    Job& job = change(event.job);
    if (event.spec) job.spec = event.spec;
    if (event.hold) job.hold = *event.hold;
    if (event.priority) job.priority = event.priority;
    if (event.priority_derived) job.priority.reset();
    if (event.running_limit && job.times.started) {
      job.times.limit_at.reset();
      if (!event.running_limit->unlimited)
        job.times.limit_at = job.times.suspended.value_or(*job.times.started) - job.times.ran_before +
                             to_seconds(event.running_limit->value);
    }
    if (event.dependencies) job.dependencies = *event.dependencies;
    if (!event.held_for.empty()) job.end_reason = event.held_for;
    if (event.accrual) job.times.accrual = *event.accrual;
    settle_eligible(job, at_);
    return {};
  }

  Status operator()(const JobStarted& event) {
    TRY(check(event.job, JobEventKind::started));
    if (state_.find(event.job)->waits_as_array())
      return unfit(event.job, "is an array, whose tasks start by themselves");
    if (!state_.find(event.job)->holds_nothing()) return unfit(event.job, "has not left its nodes yet");
    if (event.allocation.shares.empty()) return unfit(event.job, "starts on no node");
    for (const NodeShare& share : event.allocation.shares) TRY(check_free(event.job, share, event.allocation));
    for (const NodeShare& share : event.allocation.shares) take(event.job, share, event.allocation);
    Job& job = change(event.job);
    job.times.suspended.reset();
    job.times.ran_before = Seconds(0);
    job.times.preempted.reset();
    job.times.resized.reset();
    job.times.ran_until_resized = Seconds(0);
    job.state = JobState::running;
    job.allocation = event.allocation;
    job.allocation->life = job.restarts;
    job.unfinished.clear();
    for (const NodeShare& share : event.allocation.shares) job.unfinished.push_back(share.node);
    job.times.started = at_;
    job.started_by = event.by, job.blocked_by = event.blocked_by;
    job.times.limit_at = event.limit_at;
    job.times.ended.reset();
    if (!job.times.eligible) job.times.eligible = at_;
    state_.longest_wait_ = std::max(state_.longest_wait_, at_ - *job.times.eligible);
    job.kill.reset();
    job.exit = job.exit_of_steps = ExitCode{};
    forget_steps(job);
    job.script_usage.reset();
    job.end_reason.clear();
    job.preparing = event.preparing;
    return {};
  }

  Status operator()(const JobKillOrdered& event) {
    if (const Job* job = state_.find(event.job); !job || !job->runs()) return unfit(event.job, "does not run");
    Job& changed = change(event.job);
    changed.kill = event.order;
    if (event.order.end_state == JobState::preempted) changed.times.preempted = event.order.at;
    return {};
  }

  Status operator()(const JobEnded& event) {
    TRY(check(event.job, JobEventKind::ended));
    if (!is_ended(event.state)) return unfit(event.job, "ends in a state that is no end");
    Job& job = change(event.job);
    leave_running(job);
    job.state = event.state;
    job.preparing = false;
    job.closing = event.closing;
    job.exit = event.exit;
    job.end_reason = event.reason;
    if (!event.blocked_by.empty()) job.blocked_by = event.blocked_by;
    job.times.ended = at_;
    job.script_usage = event.script_usage;
    for (Step& step : job.steps)
      if (!step.ended) end_step(job, step, at_);
    if (job.kill) job.cancelled_by = job.kill->by;
    job.kill.reset();
    if (job.array) note_exit(job.array->array, exit_of_script(job));
    return {};
  }

  Status operator()(const JobRequeued& event) {
    TRY(check(event.job, JobEventKind::requeued));
    Job& job = change(event.job);
    keep_untold(job, at_);
    leave_running(job);
    job.state = JobState::pending, job.times.submitted = at_;
    job.preparing = false, job.closing = event.closing;
    job.hold = event.hold;
    job.end_reason = event.reason;
    job.blocked_by.clear();
    job.times.started.reset();
    job.times.limit_at.reset();
    job.times.ended.reset();
    job.times.suspended.reset();
    job.times.resized.reset();
    job.times.ran_until_resized = Seconds(0);
    job.times.ran_before = Seconds(0);
    job.times.eligible = event.eligible.value_or(at_);
    job.times.accrual = {};
    job.kill.reset();
    mark_expedited(job, event.expedited);
    ++job.restarts;
    return {};
  }

  Status operator()(const JobSuspended& event) {
    TRY(check(event.job, JobEventKind::suspended));
    Job& job = change(event.job);
    UsageKeeper(state_, at_).charge(job);
    for (const NodeShare& share : job.allocation->shares)
      if (is_held(job, share.node))
        suspend_share(state_.nodes_.change(share.node.value), job, share, event.time_sliced);
    job.times.ran_before = run_time(job.times, false, at_);
    job.times.suspended = at_;
    job.state = JobState::suspended;
    job.allocation->without_cpus = !event.time_sliced;
    job.allocation->stands_aside = event.stands_aside;
    job.allocation->time_sliced = event.time_sliced;
    if (event.stands_aside) job.times.preempted = at_;
    return {};
  }

  Status operator()(const JobResumed& event) {
    TRY(check(event.job, JobEventKind::resumed));
    Job& job = change(event.job);
    for (const NodeShare& share : job.allocation->shares)
      if (is_held(job, share.node)) {
        Node& node = state_.nodes_.change(share.node.value);
        resume_share(node, job, share, at_);
        if (job.allocation->whole_nodes && !node.use.whole_node_job) node.use.whole_node_job = job.id;
      }
    if (job.times.limit_at) *job.times.limit_at = *job.times.limit_at + (at_ - *job.times.suspended);
    job.times.suspended = at_;
    job.state = JobState::running;
    job.allocation->without_cpus = false;
    job.allocation->stands_aside = false;
    job.allocation->time_sliced = false;
    return {};
  }

  Status operator()(const JobLeftNode& event) {
    const Job* job = state_.find(event.job);
    if (!job) return unfit(event.job, "is not there");
    auto place = std::find(job->unfinished.begin(), job->unfinished.end(), event.node);
    if (place == job->unfinished.end()) return unfit(event.job, "holds nothing on that node");
    for (const NodeShare& share : job->allocation->shares)
      if (share.node == event.node) give_share_back(state_.nodes_.change(share.node.value), share, *job, at_);
    Job& changed = change(event.job);
    std::erase(changed.unfinished, event.node);
    return {};
  }

  Status operator()(const JobPurged& event) {
    const Job* job = state_.find(event.job);
    if (!job || !is_ended(job->state) || !job->holds_nothing()) return unfit(event.job, "cannot go: it is not over");
    state_.jobs_.erase(event.job.value);
    return {};
  }

  Status operator()(const StepStarted& event) {
    const Job* job = state_.find(event.job);
    if (!job || job->state != JobState::running) return unfit(event.job, "does not run, so no step can start");
    Job& changed = change(event.job);
    changed.steps.push_back(event.step);
    if (event.step.id.value >= 0)
      changed.next_step = std::max(changed.next_step, static_cast<std::uint32_t>(event.step.id.value) + 1);
    return {};
  }

  Status operator()(const StepChanged& event) {
    const auto [job, step] = running_step(event.job, event.step);
    if (!step) return unfit(event.job, "has no such step that runs");
    step->limit_at = event.limit_at;
    return {};
  }

  Status operator()(const StepEnded& event) {
    const auto [job, step] = running_step(event.job, event.step);
    if (!step) return unfit(event.job, "has no such step that runs");
    step->exit = event.exit;
    end_step(*job, *step, at_);
    return {};
  }

  Status operator()(const StepLeftNode& event) {
    const Job* known = state_.find(event.job);
    if (!known) return unfit(event.job, "is not there");
    Job& job = change(event.job);
    for (Step& step : job.steps) {
      if (step.id != event.step || std::erase(step.unfinished, event.node) == 0) continue;
      note_step_end(step, event);
      if (step.unfinished.empty()) end_and_set_aside(job, step, at_);
      return {};
    }
    return unfit(event.job, "has no such step on that node");
  }

  Status operator()(const StepToldLate& event) {
    const Job* known = state_.find(event.job);
    if (!known || known->runs()) return unfit(event.job, "is not over");
    Job& job = change(event.job);
    if (event.former) return note_former(job, event) ? Status() : unfit(event.job, "waits for no more of that life");
    if (event.step == StepId::batch()) return note_script(job, event), Status();
    for (Step& step : job.steps) {
      if (step.id != event.step || std::erase(step.untold, event.node) == 0) continue;
      note_step_end(step, event);
      return {};
    }
    return unfit(event.job, "waits for no word of such a step from that node");
  }

  Status operator()(const JobScriptEnded& event) {
    const Job* job = state_.find(event.job);
    if (!job || !(event.is_epilog ? job->closing : job->preparing))
      return unfit(event.job, event.is_epilog ? "waits for no EpilogSlurmctld" : "waits for no PrologSlurmctld");
    Job& changed = change(event.job);
    (event.is_epilog ? changed.closing : changed.preparing) = false;
    if (event.limit_begins && changed.times.limit_at && changed.times.started)
      *changed.times.limit_at = *changed.times.limit_at + (at_ - *changed.times.started);
    return {};
  }

  Status operator()(const ArraySplit& event) {
    const Job* known = state_.find(event.job);
    if (!known || known->state != JobState::pending || !known->waits_as_array())
      return unfit(event.job, "is no array that waits");
    const IndexSet rest = known->array->tasks.without(event.tasks);
    const bool itself = event.part == event.job;
    if (event.tasks.empty() || !event.tasks.without(known->array->tasks).empty() || rest.empty() != itself)
      return unfit(event.job, "has other tasks than those that are split off");
    if (event.is_task && event.tasks.size() != 1) return unfit(event.job, "becomes one task with many numbers");
    if (!itself && state_.find(event.part)) return unfit(event.part, "is there already");
    if (!itself) {
      Job part = *known;
      part.id = event.part;
      part.array->tasks = event.tasks;
      state_.jobs_.insert(event.part.value, std::move(part));
      state_.next_job_id_ = JobId(event.part.value + 1);
      change(event.job).array->tasks = rest;
    }
    change(event.part).array->split = event.is_task;
    return {};
  }

 private:
  void note_exit(JobId array, std::uint32_t exit) {
    if (!state_.find(array) || !state_.find(array)->array) return;
    std::uint32_t& highest = change(array).array->exit_of_tasks;
    highest = std::max(highest, exit);
  }

  Job& change(JobId job) { return state_.jobs_.change(job.value); }
  std::pair<Job*, Step*> running_step(JobId id, StepId step) {
    if (!state_.find(id)) return {};
    Job& job = change(id);
    const auto found = std::ranges::find_if(job.steps, [&](const Step& one) { return one.id == step && !one.ended; });
    return {&job, found == job.steps.end() ? nullptr : &*found};
  }

  Status check(JobId id, JobEventKind event) const {
    const Job* job = state_.find(id);
    if (!job) return unfit(id, "is not there");
    if (!may(job->state, event))
      return unfit(id, fmt::format("is {}, which this does not fit", state_name(job->state)));
    return {};
  }

  Status check_free(JobId job, const NodeShare& share, const Allocation& allocation) const {
    const Node* node = state_.find(share.node);
    if (!node) return no_node(share.node);
    const auto obstacle = share_obstacle(*node, share, allocation);
    return obstacle ? unfit(job, *obstacle) : Status();
  }

  void take(JobId job, const NodeShare& share, const Allocation& allocation) {
    Node& node = state_.nodes_.change(share.node.value);
    take_share(node, share, at_, allocation.jobs_per_core > 1);
    if (allocation.whole_nodes) node.use.whole_node_job = job;
  }

  // Jobs that are submitted alike share one specification: a long queue is mostly such jobs, side by side.
  std::shared_ptr<const JobSpec> shared_spec(const JobSubmitted& event) const {
    constexpr std::uint32_t looked_at = 8;
    for (std::uint32_t back = 1; back <= std::min(looked_at, event.job.value); ++back)
      if (const Job* job = state_.find(JobId(event.job.value - back)); job && *job->spec == *event.spec)
        return job->spec;
    return event.spec;
  }

  // Its nodes now have one completing job more and one running job less.
  void leave_running(const Job& job) {
    if (job.state != JobState::running && job.state != JobState::suspended) return;
    UsageKeeper(state_, at_).charge(job);
    for (NodeIndex index : job.unfinished) {
      NodeUse& use = state_.nodes_.change(index.value).use;
      std::uint32_t& from = job.state == JobState::suspended ? use.suspended_jobs : use.jobs;
      SLURMXX_CHECK(from > 0);
      --from;
      ++use.completing_jobs;
    }
  }
};

Status apply(State& state, const Record& record) {
  if (record.position.value != state.position_.value + 1)
    return fail(fmt::format("record {} does not follow record {}", record.position.value, state.position_.value));
  if (record.at < state.at_) return fail(fmt::format("record {} is older than the one before", record.position.value));
  TRY(std::visit(Applier(state, record), record.event));
  state.position_ = record.position;
  state.at_ = record.at;
  return {};
}

}  // namespace slurmxx
