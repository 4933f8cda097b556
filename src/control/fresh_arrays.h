// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The tasks of an array get ids of their own when they start. They wait until the burst of submissions around it is
// over, at most SchedulerParameters=batch_sched_delay, so that a script that submits an array and then other jobs gets
// ids one after the other, as it does from Slurm.
#pragma once

#include <algorithm>
#include <map>
#include <optional>

#include "base/ids.h"
#include "base/units.h"

namespace slurmxx {

class FreshArrays {
 public:
  static constexpr Millis quiet{500};  // no submission for as long: the burst is over

  void submitted(MonoTime now) { burst_over_ = now + quiet; }
  void add(JobId array, MonoTime now, Seconds at_most) {
    if (at_most.value > 0) latest_[array] = now + at_most;
  }
  bool holds(JobId array) const { return latest_.contains(array); }

  // When the next one may start.
  std::optional<MonoTime> next() const {
    std::optional<MonoTime> next;
    for (const auto& [array, latest] : latest_) next = std::min(next.value_or(burst_over_), latest);
    return next;
  }

  // True: some that were held may start now.
  bool release(MonoTime now) {
    return std::erase_if(latest_, [&](const auto& one) { return now >= std::min(one.second, burst_over_); }) > 0;
  }

 private:
  std::map<JobId, MonoTime> latest_;
  MonoTime burst_over_;
};

}  // namespace slurmxx
