// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// From slurm.conf as read to the event that puts it in force.
#pragma once

#include "core/config/cluster_config.h"
#include "core/schedule/view.h"
#include "state/state.h"

namespace slurmxx {

ClusterConfigured configured_event(const ClusterConfig& config);

// Can this configuration follow that state? A node that holds jobs must not leave. Asked before a Controller begins,
// too: it refuses to begin with one that does not fit.
Status check_fits(const ClusterConfig& config, const State& state);

Partition partition_of(const PartitionConfig& config);
Policies policies_of(const ClusterConfig& config);
// With the memory defaults that slurm.conf gives the partition.
PlanPartition plan_partition_with_defaults(const Partition& partition, const ClusterConfig& config);

}  // namespace slurmxx
