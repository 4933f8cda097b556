// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A node's number is its place in slurm.conf: what a new configuration does to the numbers that state holds.
#pragma once

#include <optional>
#include <vector>

#include "state/state.h"

namespace slurmxx {

// By today's number: the new one. Absent: the node is gone.
using NodePlaces = std::vector<std::optional<NodeIndex>>;

bool holds_jobs(const Node& node);  // running, suspended or completing

// Errc::nodes_busy: a node that holds jobs is not in the new list.
Result<NodePlaces> new_places(const State& state, const ClusterConfigured& event);

// As the row declares it, with all that is known of it by its name.
Node configured_node(const State& state, const ClusterConfigured::NodeRow& row);

void renumber(Job& job, const NodePlaces& moved);  // one with an allocation

}  // namespace slurmxx
