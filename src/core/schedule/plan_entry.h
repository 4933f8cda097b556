// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The rows of the planner's queue, and the reasons that it gives.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <tuple>
#include <utility>

#include "core/schedule/plan.h"
#include "core/schedule/search.h"
#include "core/schedule/slowdown_order.h"

namespace slurmxx {

// A job in one of its partitions.
struct PlanEntry {
  bool ahead = false;  // it outranks a job that stands aside: what that has left is for it first
  bool preempts = false;
  std::uint32_t tier = 0;
  SlowdownOrder::Rank rank;  // of all the same where the queue goes by priority
  std::uint32_t priority = 0;
  JobId job;
  std::uint32_t choice = 0;   // 0: the partition named first
  std::uint32_t pending = 0;  // places in the view
  std::uint32_t partition = 0;

  bool operator<(const PlanEntry& other) const {
    return std::tuple(!ahead, !preempts, other.tier, other.rank, other.priority, job, choice) <
           std::tuple(!other.ahead, !other.preempts, tier, rank, priority, other.job, other.choice);
  }
  bool is_level_with(const PlanEntry& other) const {
    return ahead == other.ahead && preempts == other.preempts && tier == other.tier;
  }
};

struct PlanVerdict {
  SharedReason reason;
  std::shared_ptr<const Expectation> expected;  // the earliest of any partition
  std::uint32_t started = 0;                    // tasks; 1 of what is no array
};

struct PlacedJob {
  std::variant<Allocation, std::optional<Slot>> found;
  std::optional<TimeLimit> shortened = {};
  std::optional<Reason> forbidden = {};  // by limits of each node: what was found is given back
};

// How many tasks of arrays with a limit may still start in this pass: all parts of an array share that.
class ArrayRooms {
 public:
  std::uint32_t* room_of(const PendingJob& pending) {  // null: it has no limit
    if (!pending.array_room) return nullptr;
    return &left_.try_emplace(pending.job->array->array, *pending.array_room).first->second;
  }

 private:
  std::map<JobId, std::uint32_t> left_;
};

// The more a reason says about what happens next, the more it is worth showing.
inline int worth(ReasonCode code) {
  if (code == ReasonCode::resources) return 3;
  if (code == ReasonCode::priority) return 2;
  return code == ReasonCode::nodes_not_available ? 1 : 0;
}

inline bool is_better(const SharedReason& reason, const SharedReason& known) {
  return !known || worth(reason->code) > worth(known->code);
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
