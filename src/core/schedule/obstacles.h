// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What keeps a job from running before any node is looked at: the job's own state, and the limits of a partition.
#pragma once

#include <optional>
#include <vector>

#include "core/schedule/reason.h"
#include "core/schedule/view.h"

namespace slurmxx {

// Whatever the partition: holds, dependencies, the begin time.
std::optional<Reason> own_obstacle(const PendingJob& pending, Instant now);
std::vector<Reason> own_obstacles(const PendingJob& pending, Instant now);  // all of them

// State, MaxNodes, MinNodes and MaxTime of one partition.
std::optional<Reason> partition_obstacle(const JobSpec& spec, const PlanPartition& partition);
std::vector<Reason> partition_obstacles(const JobSpec& spec, const PlanPartition& partition);

}  // namespace slurmxx
