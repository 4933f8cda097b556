// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// When the planner looks at the queue: after a change, at moments known beforehand, and in intervals where the plan
// drifts with time or ages may have changed the order. Nothing else makes a pass. The caller tells the time.
#pragma once

#include <algorithm>
#include <optional>

#include "core/config/scheduler_parameters.h"
#include "core/schedule/outlook.h"

namespace slurmxx {

class PlanClock {
 public:
  enum class Look : std::uint8_t { none, head, whole };
  struct Pauses {  // until the next look of the kind
    Millis head;
    Millis whole;
  };

  void changed() { wanted_ = true; }

  // What is to be looked at now; `head_will_do`: the head of the queue may be looked at between whole passes.
  Look due(MonoTime mono, Instant wall, bool head_will_do) {
    if (outlook_.next && *outlook_.next <= wall) {
      outlook_.next.reset();
      wanted_ = true;
    }
    if (mono < next_look_) return Look::none;
    if ((wanted_ || rest_) && mono >= next_pass_) return Look::whole;
    return wanted_ && head_will_do ? Look::head : Look::none;
  }

  void began(Look look, MonoTime mono, Pauses pauses) {
    wanted_ = false;
    rest_ = look != Look::whole;
    next_look_ = mono + pauses.head;
    if (look == Look::whole) next_pass_ = mono + pauses.whole;
    if (look == Look::whole) outlook_ = {};
  }
  // What the pass itself did is no change, unless it says that it wants to go `again`.
  void ended(const Outlook& outlook, bool again) {
    wanted_ = again;
    outlook_.join(outlook);
  }

  // Once in each interval: to see whether a plan that drifts, or an order that ages, is to be made anew.
  bool is_interval_over(MonoTime mono, Seconds interval) {
    if (mono < next_interval_) return false;
    next_interval_ = mono + interval;
    return true;
  }
  bool drifts() const { return outlook_.drifts; }

  // When something that is wanted already may be looked at; absent: nothing is.
  std::optional<MonoTime> next(bool head_will_do) const {
    if (!wanted_ && !rest_) return {};
    return std::max(next_look_, wanted_ && head_will_do ? next_look_ : next_pass_);
  }

 private:
  bool wanted_ = true;
  bool rest_ = false;  // behind the head nobody has looked since a change
  MonoTime next_look_;
  MonoTime next_pass_;
  MonoTime next_interval_;
  Outlook outlook_;
};

// bf_interval and sched_interval: the shorter one of those in force.
inline Seconds look_interval(const SchedulerParameters& parameters) {
  const Seconds backfill = parameters.backfill.times.interval, main = parameters.main.sched_interval;
  if (backfill <= Seconds(0)) return main > Seconds(0) ? main : Seconds(60);
  return main > Seconds(0) ? std::min(backfill, main) : backfill;
}

}  // namespace slurmxx
