// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What keeps a job from running before any node is looked at: the job's own state, and the limits of a partition.
#pragma once

#include <optional>

#include "core/schedule/reason.h"
#include "core/schedule/view.h"

namespace slurmxx {

// Whatever the partition: holds, dependencies, the begin time.
std::optional<Reason> own_obstacle(const PendingJob& pending, Instant now);

// State, MaxNodes, MinNodes and MaxTime of one partition.
std::optional<Reason> partition_obstacle(const JobSpec& spec, const PlanPartition& partition);

}  // namespace slurmxx
