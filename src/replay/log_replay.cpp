// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A pass writes several records: a task that is split off, licences that are chosen, jobs that make room, starts. The
// planner is asked in front of the first of them; two passes may follow one another at the same second.
#include "replay/log_replay.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/config/scheduler_parameters.h"
#include "core/hostlist/hostlist.h"

namespace slurmxx {
namespace {

// Of licences or a limit, as a pass does it; others change more, or something else.
bool is_choice(const JobChanged& change) {
  return change.spec && !change.hold && !change.priority && !change.dependencies;
}

// The start that the record is, or that it leads to: a task was split off, licences or a limit were chosen.
const JobStarted* start_in(const Record& record, std::span<const Record> following) {
  if (const auto* started = std::get_if<JobStarted>(&record.event)) return started;
  JobId job;
  if (const auto* split = std::get_if<ArraySplit>(&record.event)) job = split->part;
  if (const auto* changed = std::get_if<JobChanged>(&record.event); changed && is_choice(*changed)) job = changed->job;
  if (job == JobId()) return nullptr;
  for (const Record& next : following) {
    if (const auto* started = std::get_if<JobStarted>(&next.event)) return started->job == job ? started : nullptr;
    const auto* changed = std::get_if<JobChanged>(&next.event);
    if (!changed || changed->job != job || !is_choice(*changed) || next.at != record.at) return nullptr;
  }
  return nullptr;
}

// Who makes room for another job from this record on. Who waited for his time slice is resumed first.
std::optional<JobId> victim_in(const Record& record, std::span<const Record> following) {
  const bool resumed = std::holds_alternative<JobResumed>(record.event);
  if (resumed && (following.empty() || !std::holds_alternative<JobSuspended>(following.front().event))) return {};
  const Event& event = resumed ? following.front().event : record.event;
  const auto* suspended = std::get_if<JobSuspended>(&event);
  if (suspended && suspended->stands_aside) return suspended->job;
  const auto* kill = std::get_if<JobKillOrdered>(&event);
  if (kill && kill->order.end_state == JobState::preempted) return kill->job;
  return {};
}

// But for what is added to a plan as it is carried out.
bool is_same(Allocation one, Allocation other) {
  one.charge = other.charge = {};
  one.reservation_number = other.reservation_number = 0;
  return one == other;
}

}  // namespace

Result<LogReplay> LogReplay::begin(State before) {
  TRY_ASSIGN(Follower follower, Follower::begin(std::move(before)));
  return LogReplay(std::move(follower));
}

void LogReplay::ask(Instant now, Follower::Depth depth) {
  asked_at_ = now;
  expected_.clear();
  preempts_.clear();
  victims_.clear();
  waiting_.clear();
  for (Decision& decision : follower_.decide(now, depth)) {
    if (auto* start = std::get_if<Start>(&decision))
      expected_.push_back(std::move(*start));
    else if (const auto* preempt = std::get_if<Preempt>(&decision))
      preempts_.push_back(*preempt);
    else
      waiting_.emplace(std::get<Wait>(decision).job, *std::get<Wait>(decision).reason);
  }
}

// In the queue: a task that was split off to start waited as its array.
JobId LogReplay::meant(const JobStarted& started) const {
  return split_ && split_->part == started.job ? split_->job : started.job;
}

bool LogReplay::is_expected(const JobStarted& started) const {
  return !expected_.empty() && expected_.front().job == meant(started) &&
         is_same(expected_.front().allocation, started.allocation);
}

// Tasks of a fresh array wait for the burst of submissions around it to be over.
bool LogReplay::may_be_held(JobId array, Instant now) const {
  const Job* job = state().find(array);
  if (!job || !job->waits_as_array()) return false;
  const auto& words = follower_.config()->scheduling.scheduler_parameters;
  return now - job->times.submitted <= parse_scheduler_parameters(words).main.batch_sched_delay;
}

// Tasks of fresh arrays that come in front of what has started.
void LogReplay::pass_over_held(const JobStarted& started) {
  while (!expected_.empty() && !is_expected(started) && may_be_held(expected_.front().job, asked_at_))
    expected_.pop_front();
}

// What the planner starts and the log does not.
void LogReplay::settle() {
  for (const Start& start : expected_)
    if (!may_be_held(start.job, asked_at_))
      differences_.push_back(
          {asked_at_, start.job,
           fmt::format("the planner starts it on {}, the log does not", nodes_text(start.allocation))});
  expected_.clear();
}

std::string LogReplay::nodes_text(const Allocation& allocation) const {
  HostFolder names;
  std::uint32_t cpus = 0;
  for (const NodeShare& share : allocation.shares) {
    names.add(state().find(share.node)->name);
    cpus += share.cpus;
  }
  return fmt::format("{} ({} CPUs)", names.take(), cpus);
}

std::string LogReplay::otherwise(const JobStarted& started) const {
  const std::string logged = "the log starts it on " + nodes_text(started.allocation);
  const auto other =
      std::find_if(expected_.begin(), expected_.end(), [&](const Start& start) { return start.job == meant(started); });
  if (other != expected_.end() && other != expected_.begin() && is_same(other->allocation, started.allocation))
    return fmt::format("{}, the planner starts job {} before", logged, expected_.front().job.value);
  if (other != expected_.end() && other->allocation.partition == started.allocation.partition &&
      nodes_text(other->allocation) == nodes_text(started.allocation))
    return fmt::format("{}, the planner on other CPUs there", logged);
  if (other != expected_.end()) return fmt::format("{}, the planner on {}", logged, nodes_text(other->allocation));
  const auto waits = waiting_.find(meant(started));
  if (waits != waiting_.end())
    return fmt::format("{}, for the planner it waits: {}", logged, reason_text(waits->second));
  return fmt::format("{}, for the planner it does not wait", logged);
}

// Makes the plan of which the start is the next part, unless the last one is it.
void LogReplay::plan_for(const JobStarted& started, Instant at, bool splits) {
  pass_over_held(started);
  if (asked_at_ == at && is_expected(started)) return;
  if (!splits) split_.reset();
  for (const auto depth : {Follower::Depth::whole, Follower::Depth::head}) {
    ask(at, depth);
    pass_over_held(started);
    if (is_expected(started)) break;
  }
  ++counts_.passes;
}

void LogReplay::plan_for_victim(JobId victim, Instant at) {
  const auto names_it = [&](const Preempt& preempt) {
    return std::ranges::find(preempt.victims, victim, &Preempted::job) != preempt.victims.end();
  };
  if (asked_at_ == at && victims_.erase(victim) > 0) return;
  auto found = std::ranges::find_if(preempts_, names_it);
  if (asked_at_ != at || found == preempts_.end()) {
    ask(at, Follower::Depth::whole);
    ++counts_.passes;
    found = std::ranges::find_if(preempts_, names_it);
  }
  if (found == preempts_.end()) return;
  for (const Preempted& one : follower_.note(*found)) victims_.insert(one.job);
  preempts_.erase(found);
  victims_.erase(victim);
}

void LogReplay::compare(const Record& record, const JobStarted& started) {
  ++counts_.starts;
  if (is_expected(started)) {
    ++counts_.same;
    expected_.pop_front();
  } else {
    differences_.push_back({record.at, started.job, otherwise(started)});
    std::erase_if(expected_, [&](const Start& start) { return start.job == meant(started); });
  }
  split_.reset();
}

Status LogReplay::take(const Record& record, std::span<const Record> following) {
  ++counts_.records;
  if (record.at != asked_at_) settle();
  const JobStarted* start = start_in(record, following);
  const auto* split = std::get_if<ArraySplit>(&record.event);
  if (split && start) split_ = *split;
  if (start) plan_for(*start, record.at, split != nullptr);
  if (const auto victim = victim_in(record, following)) plan_for_victim(*victim, record.at);
  if (const auto* started = std::get_if<JobStarted>(&record.event)) compare(record, *started);
  return follower_.take(record);
}

}  // namespace slurmxx
