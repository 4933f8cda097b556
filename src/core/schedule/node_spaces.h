// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The nodes of a view as placement sees them, before a pass has taken anything.
#pragma once

#include <vector>

#include "core/schedule/owners.h"
#include "core/schedule/view.h"

namespace slurmxx {

// Jobs of one partition share cores with each other; 0: it is not there.
std::uint32_t share_group(const ClusterView& view, std::string_view partition);
ShareTerms share_terms(const ClusterView& view, const Allocation& allocation);

// Partitions with MaxCPUsPerNode or MaxCPUsPerSocket, numbered from 1; 0: it is none (ShareTerms::cap).
std::uint32_t cap_of(const ClusterView& view, std::string_view partition);

// What such a partition may have of an empty node.
std::uint32_t cpus_capped(const PlanPartition& partition, const NodeRoom& room);

// By NodeIndex, with the users whose jobs are there.
std::vector<NodeSpace> spaces_of(const ClusterView& view, const Policies& policies, const ViewOwners& owners);

}  // namespace slurmxx
