// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What keeps a job from running before any node is looked at: the job's own state, and the limits of a partition.
#pragma once

#include <optional>
#include <span>
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

// Whether it asks for more than the partition has or gives to one job: the job waits, for the partition may change.
bool outgrows(const JobSpec& spec, const PlanPartition& partition, std::span<const Node* const> nodes);
// Of a job that would not fit there even if all of the nodes were empty and up.
Reason never_fits(const JobSpec& spec, const PlanPartition& partition, std::span<const Node* const> nodes);

}  // namespace slurmxx
