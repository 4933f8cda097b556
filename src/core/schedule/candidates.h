// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Which nodes of a partition a job may use at all, whatever is free: features, --nodelist, --exclude, size of disk and
// layout of the processors. Order of preference: required nodes, then weight, then place in slurm.conf.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/schedule/view.h"

namespace slurmxx {

// -C with names, '&' and '|' ('&' binds tighter). Counts and brackets: Errc::invalid_feature for now.
Result<bool> has_features(std::string_view expression, std::string_view features_of_node);

struct Candidates {
  std::vector<NodeIndex> nodes;
  std::size_t required = 0;  // the first ones, from --nodelist
};

// Errors: invalid_node_name (no such node), requested_nodes_not_in_partition, invalid_feature (grammar).
Result<Candidates> candidates(const ClusterView& view, const PlanPartition& partition, const JobSpec& spec);

}  // namespace slurmxx
