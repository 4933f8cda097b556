// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A log of slurmctld, decided once more: wherever the log starts jobs, the planner is asked from the state in front of
// that, and must start the same jobs at that moment on the same nodes and CPUs. What it says otherwise is a difference.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "control/follower.h"

namespace slurmxx {

struct LogDifference {
  Instant at;
  JobId job;
  std::string what;  // "the log starts it on n[1-2], the planner on n[3-4]"
};

struct LogCounts {
  std::uint64_t records = 0;
  std::uint64_t passes = 0;  // in which something was started
  std::uint64_t starts = 0;
  std::uint64_t same = 0;
};

class LogReplay {
 public:
  // Of what is in front of the first record; an empty state: of nothing.
  static Result<LogReplay> begin(State before);

  // `following`: the next few records of the log. An error: the log is broken.
  Status take(const Record& record, std::span<const Record> following);
  void finish() { settle(); }
  const State& state() const { return follower_.state(); }
  std::shared_ptr<const ClusterConfig> config() const { return follower_.config(); }  // in force
  const LogCounts& counts() const { return counts_; }
  const std::vector<LogDifference>& differences() const { return differences_; }

 private:
  explicit LogReplay(Follower follower) : follower_(std::move(follower)) {}
  void ask(Instant now, Follower::Depth depth);
  void compare(const Record& record, const JobStarted& started);
  void plan_for(const JobStarted& started, Instant at, bool splits);
  void plan_for_victim(JobId victim, Instant at);
  JobId meant(const JobStarted& started) const;
  bool is_expected(const JobStarted& started) const;
  bool may_be_held(JobId array, Instant now) const;
  void pass_over_held(const JobStarted& started);
  void settle();
  std::string nodes_text(const Allocation& allocation) const;
  std::string otherwise(const JobStarted& started) const;

  Follower follower_;
  Instant asked_at_;
  std::deque<Start> expected_;       // of the last plan, still to come
  std::map<JobId, Reason> waiting_;  // of the last plan
  std::vector<Preempt> preempts_;    // likewise
  std::set<JobId> victims_;          // of those of them that have begun to be carried out, still to come
  std::optional<ArraySplit> split_;  // in front of a start
  LogCounts counts_;
  std::vector<LogDifference> differences_;
};

}  // namespace slurmxx
