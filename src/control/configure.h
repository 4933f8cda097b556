// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// From slurm.conf as read to the event that puts it in force.
#pragma once

#include "core/config/cluster_config.h"
#include "core/schedule/view.h"
#include "state/state.h"

namespace slurmxx {

// What an administrator changed at run time and slurm.conf does not say stays as `state` has it.
ClusterConfigured configured_event(const ClusterConfig& config, const State& state);

Partition partition_of(const PartitionConfig& config);
Policies policies_of(const ClusterConfig& config);
PlanPartition plan_partition_of(const Partition& partition, const ClusterConfig& config);

}  // namespace slurmxx
