// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Topology= of a node: where it is on the network, whatever topology.conf says. "NAME:UNIT", of a tree also with the
// switches above ("NAME:SWITCH:LEAF"); several networks are separated by commas. Ruled by slurm.conf(5).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "core/config/cluster_config.h"

namespace slurmxx {

using NodePlacesOnNetwork = std::vector<std::pair<std::string, std::string>>;  // name of a node, its Topology=

// The layout with these nodes where they say. A unit that it lacks is added: a block, or a leaf below the switch named
// before it. What names no unit that could be added is passed over.
TopologyLayoutConfig layout_with(TopologyLayoutConfig layout, const NodePlacesOnNetwork& nodes);

// A layout of the configuration, with the nodes that slurm.conf or scontrol puts somewhere.
TopologyLayoutConfig layout_in_force(const ClusterConfig& config, const TopologyLayoutConfig& layout);

// "NAME:UNIT": there is a layout NAME, and UNIT is one of its units that hold nodes, or could be.
Status check_node_topology(const TopologyConfig& config, const std::string& text);

}  // namespace slurmxx
