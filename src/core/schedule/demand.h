// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The bridge from partitions and policies to placement: a job's demand in one partition.
#pragma once

#include "core/place/place.h"
#include "core/schedule/features.h"
#include "core/schedule/view.h"

namespace slurmxx {

// --exclusive=user
bool is_for_one_user(const JobSpec& spec);

// How many jobs may have each core that this one gets there: 1 where it shares none.
std::uint32_t jobs_per_core(const JobSpec& spec, const PlanPartition& partition);

// Partition defaults come before those of the cluster, memory per CPU before memory per node.
Demand demand_in(const JobSpec& spec, const PlanPartition& partition, const Policies& policies);

// Whose units (blocks, leaf switches) it has to itself: --exclusive=topo, ExclusiveTopo; null: it shares them.
const Topology* units_alone(const JobSpec& spec, const PlanPartition& partition);

// The network that the job is to be placed on; null: it does not matter to it.
const Topology* topology_for(const JobSpec& spec, const PlanPartition& partition, const Policies& policies);

// What a job may have of each node, by limits of TRES (MaxTRESPerNode).
NodeMost node_most_of(const TresCounts& limits);

// Of a range of nodes, no more than these.
void take_no_more_nodes(Demand& demand, std::uint32_t most);

// Nodes are booted for it: nobody else may be there.
void take_nodes_whole(Demand& demand);

// Counts of features: so many nodes have them, and within brackets the job has as many as they add up to.
void include_quotas(Demand& demand, const JobSpec& spec, const FeatureNeed& need);

// --nodelist asks for as many nodes as it names, unless -N gave a maximum.
void include_required(Demand& demand, const JobSpec& spec, std::size_t required);

}  // namespace slurmxx
