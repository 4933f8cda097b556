// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The rows of the planner's queue, and the reasons that it gives.
#pragma once

#include <array>
#include <memory>
#include <tuple>
#include <utility>

#include "core/schedule/search.h"
#include "core/schedule/slowdown_order.h"

namespace slurmxx {

// A job in one of its partitions.
struct PlanEntry {
  bool preempts = false;
  std::int64_t tier = 0;
  SlowdownOrder::Rank rank;  // of all the same where the queue goes by priority
  std::int64_t priority = 0;
  JobId job;
  std::uint32_t choice = 0;   // 0: the partition named first
  std::uint32_t pending = 0;  // places in the view
  std::uint32_t partition = 0;

  bool operator<(const PlanEntry& other) const {
    return std::tuple(!preempts, -tier, other.rank, -priority, job, choice) <
           std::tuple(!other.preempts, -other.tier, rank, -other.priority, other.job, other.choice);
  }
  bool is_level_with(const PlanEntry& other) const { return preempts == other.preempts && tier == other.tier; }
};

// The more a reason says about what happens next, the more it is worth showing.
inline int worth(ReasonCode code) {
  if (code == ReasonCode::resources) return 3;
  if (code == ReasonCode::priority) return 2;
  return code == ReasonCode::nodes_not_available ? 1 : 0;
}

// Jobs that wait for the same thing mostly follow one another: the last reason of each code serves again.
class ReasonPool {
 public:
  SharedReason share(Reason reason) {
    SharedReason& last = last_.at(static_cast<std::size_t>(reason.code));
    if (!last || *last != reason) last = std::make_shared<const Reason>(std::move(reason));
    return last;
  }

 private:
  std::array<SharedReason, 64> last_;
};

}  // namespace slurmxx
