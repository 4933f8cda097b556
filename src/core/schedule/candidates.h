// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Which nodes of a partition a job may use at all, whatever is free: features, --nodelist, --exclude, size of disk and
// layout of the processors. Order of preference: required nodes, then weight, then place in slurm.conf.
#pragma once

#include <vector>

#include "base/result.h"
#include "core/schedule/features.h"
#include "core/schedule/view.h"

namespace slurmxx {

struct Candidates {
  std::vector<NodeIndex> nodes;
  std::size_t required = 0;               // the first ones, from --nodelist
  std::vector<std::uint64_t> marks = {};  // beside nodes: for which of the need's quotas each counts; empty: none
  std::vector<NodeIndex> closed = {};     // sorted; of the nodes: to be booted for it, which they cannot be now
};

// Sockets, cores and threads.
bool layout_fits(const ResourceRequest& request, const NodeShape& shape);

// Errors: invalid_node_name (no such node), requested_nodes_not_in_partition.
Result<Candidates> candidates(const ClusterView& view, const PlanPartition& partition, const JobSpec& spec,
                              const FeatureNeed& need);

// SchedulerParameters=pack_serial_at_end: jobs of one CPU begin at the last node of the lowest weight.
bool is_serial(const JobSpec& spec);
void reverse_by_weight(const ClusterView& view, Candidates& found);

// SchedulerParameters=extra_constraints: --extra is a condition on the nodes (extra_filter.h).
void keep_by_extra(const ClusterView& view, const JobSpec& spec, Candidates& found);
std::string extra_key(const ClusterView& view, const JobSpec& spec);  // equal: they keep the same
std::string extra_missing(const JobSpec& spec);                       // where they keep none

// Nodes of reservations that the job asks for, or that draw it in, before others.
void own_reservations_first(const ClusterView& view, const JobSpec& spec, Instant now, Candidates& found);

}  // namespace slurmxx
