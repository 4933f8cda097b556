// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What explain says of a gate beyond its reason: who has the licences, whom a job depends on. And what it says of when
// a job is expected to begin.
#pragma once

#include "core/place/node_space.h"
#include "core/place/place.h"
#include "core/schedule/explain.h"
#include "core/schedule/features.h"
#include "core/schedule/owners.h"

namespace slurmxx {

// What is free for it. The CPUs of jobs that stand aside are theirs, unless the job outranks them.
std::vector<NodeSpace> spaces_for(const PendingJob& pending, const ClusterView& view, const Policies& policies,
                                  const ViewOwners& owners);

// Jobs that the asker may not see are not named.
void keep_shown(const ClusterView& view, const LastPass& last, PartitionExplained& found);

// The last pass's, without the names of jobs that are not shown to whoever asks.
Reason as_told(const ClusterView& view, const Reason& reason, const LastPass& last);
Gate gate_of(const Reason& reason);
// Also those that reservations keep.
bool lacks_licenses(const ClusterView& view, const JobSpec& spec, Instant now);
std::string who_has_licenses(const ClusterView& view, const JobSpec& spec, const LastPass& last);
// "no node of the partition has gpu", or that none has all of them.
std::string nobody_has(const ClusterView& view, const PlanPartition& partition, const FeatureNeed& need);
// Those that have any of the nodes (rising), or have them to themselves: who ends first comes first.
std::vector<const Job*> jobs_on(const ClusterView& view, const std::vector<NodeIndex>& nodes);
// "n2 is in a unit of the network that another job has to itself"; empty: none of them is.
std::string nodes_of_others(const ClusterView& view, const std::vector<NodeIndex>& nodes);
// "another user or MCS label has to itself: n3", or the job wants such a node; empty: that is not it.
std::string nodes_of_other_users(const ClusterView& view, const RoomOwner& owner, const std::vector<NodeSpace>& spaces,
                                 const std::vector<NodeIndex>& nodes);
// "jobs of the partition have what MaxCPUsPerNode gives it on n[1-2]", where more would be free; empty: nowhere.
std::string capped_nodes(const ClusterView& view, const Demand& demand, const std::vector<NodeSpace>& spaces,
                         const std::vector<NodeIndex>& nodes);
void tell_more(const ClusterView& view, const PendingJob& pending, Reason& reason);
void add_expectation(const ClusterView& view, const Job& job, const Wait& wait, Explanation& found);
// A job that is expected to begin when it could no longer end in time.
void judge_deadline(const ClusterView& view, const JobSpec& spec, Explanation& found);

}  // namespace slurmxx
