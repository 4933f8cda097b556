// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The usage of associations and QOS as a fold of the log: a job is charged when it ends, goes back to the queue or is
// suspended; until then, its time is worked out from its start. So usage at any instant is a function of state alone,
// and no restart, crash or pace of timers changes it.
#pragma once

#include <map>
#include <set>

#include "state/state.h"

namespace slurmxx {

using UsageKey = std::pair<UsageHolder, std::uint32_t>;
using UsageTable = std::map<UsageKey, UsageAmount>;

// Of the row in State::usage().
constexpr std::uint64_t usage_number(UsageHolder holder, std::uint32_t id) {
  return (static_cast<std::uint64_t>(holder) << 32) | id;
}

// Of every association that jobs ran under and of every QOS, with what runs: all jobs are looked at, or those of
// `running`. An account has only what those have used who were below it and are gone; who is there is added elsewhere.
UsageTable usage_as_of(const State& state, Instant at, const std::set<JobId>* running = nullptr);

// The parts of that: what one has of what is over or was settled, added to `sum`; and what runs, by whom.
void add_settled(const State& state, const UsageKey& key, Instant at, UsageAmount& sum);
UsageTable usage_of_running(const State& state, Instant at, const std::set<JobId>& running);

// What apply() does to usage.
class UsageKeeper {
 public:
  UsageKeeper(State& state, Instant at) : state_(state), at_(at) {}

  void charge(const Job& job);  // it runs, and stops running now
  void set_rules(Seconds half_life);
  void reset_all();
  void accounts_change(const AccountsChanged& event);  // before it does

 private:
  void settle();  // all that runs, up to now
  void leave_usage_above(const BookChange& change);
  UsageRow& row_of(const UsageKey& key);
  void drop(const UsageKey& key);

  State& state_;
  Instant at_;
};

}  // namespace slurmxx
