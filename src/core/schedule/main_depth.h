// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// How far a pass goes before backfill begins: SchedulerParameters=partition_job_depth and sched_max_job_start. What is
// behind may only pass, as if somebody waited for room.
#pragma once

#include <optional>
#include <vector>

#include "core/schedule/view.h"

namespace slurmxx {

class MainDepth {
 public:
  MainDepth(const Policies& policies, std::size_t partitions) : policies_(policies), looked_at_(partitions) {}

  // Of the next job that is looked at in this partition while nobody waits there.
  std::optional<Reason> reached(std::uint32_t partition) {
    const auto is_most = [](std::uint32_t most, std::uint32_t count) { return most > 0 && count >= most; };
    const char* why = nullptr;
    if (is_most(policies_.sched_max_job_start, starts_)) why = "a pass starts no more jobs (sched_max_job_start)";
    if (!why && is_most(policies_.partition_job_depth, looked_at_[partition]++))
      why = "a pass looks at no more jobs of the partition (partition_job_depth)";
    return why ? std::optional(Reason{ReasonCode::priority, {}, {}, why}) : std::nullopt;
  }
  void count_start() { ++starts_; }  // that passed nobody

 private:
  const Policies& policies_;
  std::vector<std::uint32_t> looked_at_;  // by partition
  std::uint32_t starts_ = 0;
};

}  // namespace slurmxx
