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

// Of a pass, and followed by what it belongs to.
bool leads_to_start(const Event& event, const Record* next) {
  const auto* start = next ? std::get_if<JobStarted>(&next->event) : nullptr;
  if (const auto* split = std::get_if<ArraySplit>(&event)) return start && start->job == split->part;
  // Licences or a limit that were chosen; both: the second follows.
  const auto* more = next ? std::get_if<JobChanged>(&next->event) : nullptr;
  if (const auto* changed = std::get_if<JobChanged>(&event))
    return (start && start->job == changed->job) || (more && more->job == changed->job);
  if (const auto* suspended = std::get_if<JobSuspended>(&event)) return suspended->stands_aside;
  if (const auto* kill = std::get_if<JobKillOrdered>(&event)) return kill->order.end_state == JobState::preempted;
  return false;
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
  waiting_.clear();
  array_of_.clear();
  for (Decision& decision : follower_.decide(now, depth)) {
    if (auto* start = std::get_if<Start>(&decision))
      expected_.push_back(std::move(*start));
    else if (const auto* preempt = std::get_if<Preempt>(&decision))
      follower_.note(*preempt);
    else
      waiting_.emplace(std::get<Wait>(decision).job, *std::get<Wait>(decision).reason);
  }
}

bool LogReplay::is_expected(const JobStarted& started) const {
  if (expected_.empty()) return false;
  const auto array = array_of_.find(started.job);
  const JobId meant = array == array_of_.end() ? started.job : array->second;
  return expected_.front().job == meant && is_same(expected_.front().allocation, started.allocation);
}

// Tasks of a fresh array wait for the burst of submissions around it to be over.
bool LogReplay::may_be_held(JobId array, Instant now) const {
  const Job* job = state().find(array);
  if (!job || !job->waits_as_array()) return false;
  const auto& words = follower_.config()->scheduling.scheduler_parameters;
  return now - job->times.submitted <= parse_scheduler_parameters(words).main.batch_sched_delay;
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
  const auto array = array_of_.find(started.job);
  const JobId meant = array == array_of_.end() ? started.job : array->second;
  const std::string logged = "the log starts it on " + nodes_text(started.allocation);
  const auto other =
      std::find_if(expected_.begin(), expected_.end(), [&](const Start& start) { return start.job == meant; });
  if (other != expected_.end() && other != expected_.begin() && is_same(other->allocation, started.allocation))
    return fmt::format("{}, the planner starts job {} before", logged, expected_.front().job.value);
  if (other != expected_.end() && other->allocation.partition == started.allocation.partition &&
      nodes_text(other->allocation) == nodes_text(started.allocation))
    return fmt::format("{}, the planner on other CPUs there", logged);
  if (other != expected_.end()) return fmt::format("{}, the planner on {}", logged, nodes_text(other->allocation));
  const auto waits = waiting_.find(meant);
  if (waits != waiting_.end())
    return fmt::format("{}, for the planner it waits: {}", logged, reason_text(waits->second));
  return fmt::format("{}, for the planner it does not wait", logged);
}

void LogReplay::compare(const Record& record, const JobStarted& started) {
  ++counts_.starts;
  while (!expected_.empty() && !is_expected(started) && may_be_held(expected_.front().job, asked_at_))
    expected_.pop_front();
  if (asked_at_ != record.at || !is_expected(started)) {
    const std::deque<Start> before = asked_at_ == record.at ? expected_ : std::deque<Start>();
    const std::string found = otherwise(started);
    for (const auto depth : {Follower::Depth::whole, Follower::Depth::head}) {
      if (is_expected(started)) break;
      ask(record.at, depth);
    }
    if (!is_expected(started)) {
      differences_.push_back({record.at, started.job, before.empty() ? otherwise(started) : found});
      const auto meant = [&](const Start& start) { return start.job == started.job; };
      std::erase_if(expected_, meant);
      return;
    }
    ++counts_.passes;
  }
  ++counts_.same;
  expected_.pop_front();
}

Status LogReplay::take(const Record& record, const Record* next) {
  ++counts_.records;
  const auto* started = std::get_if<JobStarted>(&record.event);
  const auto* split = std::get_if<ArraySplit>(&record.event);
  const bool of_pass = started || leads_to_start(record.event, next);
  if (record.at != asked_at_) settle();
  if (of_pass && !started && expected_.empty()) {
    ask(record.at, Follower::Depth::whole);
    ++counts_.passes;
  }
  if (split) array_of_[split->part] = split->job;
  if (started) compare(record, *started);
  return follower_.take(record);
}

}  // namespace slurmxx
