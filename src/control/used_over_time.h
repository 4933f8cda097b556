// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What was used over time, by whom limits are held against it: summed up the tree of associations, for everybody, or
// for those who are asked about. Both give the same.
#pragma once

#include <map>
#include <set>

#include "core/limits/directory.h"
#include "core/limits/judge.h"
#include "state/usage.h"

namespace slurmxx {

using UsedTable = std::map<Holder, UsageAmount>;
UsedTable used_by_holder(const Directory& directory, const UsageTable& usage);

// At one instant. Few have limits of it: each is summed up when it is first asked about. What it is made of outlives
// it.
class UsedOverTime : public LimitLookup {
 public:
  UsedOverTime(const Directory& directory, const State& state, Instant at, const std::set<JobId>& running)
      : directory_(directory), state_(state), at_(at), running_(usage_of_running(state, at, running)) {}

  Tally of(const Holder&) const override { return {}; }
  UsageAmount used(const Holder& holder) const override;

 private:
  void add(const UsageKey& key, UsageAmount& sum) const;
  UsageAmount summed(const Holder& holder) const;

  const Directory& directory_;
  const State& state_;
  Instant at_;
  UsageTable running_;
  mutable UsedTable known_;
};

// Those with limits of what is used over time: GrpTRESMins, GrpWall.
std::set<Holder> limited_over_time(const AccountBook& book);

}  // namespace slurmxx
