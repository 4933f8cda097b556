// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Nodes and partition keys that come while the cluster runs: read as the lines of slurm.conf are, and put over what
// the file says. Ruled by scontrol(1), slurmd(8) -Z and -F, and slurm.conf(5).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/config/cluster_config.h"

namespace slurmxx {

// The nodes of one line "NodeName=d[1-4] CPUs=8 ...". DEFAULT records do not hold for it.
Result<std::vector<NodeConfig>> read_node_line(std::string_view line, std::uint16_t slurmd_port);

// The node that a slurmd -Z describes: the hardware it has found, unless one of `keys` says what it has.
Result<NodeConfig> read_own_node(const std::string& name, const NodeHardware& found, std::string_view keys,
                                 std::uint16_t slurmd_port);

// Whether Nodes= of a partition (ALL, node sets, names) means this node.
bool takes_in(const std::string& nodes_asked, const NodeConfig& node, const std::vector<NodeSetConfig>& sets);

// KEY=VALUE of a partition's line over what it has; an error names key and value.
Status set_partition_key(PartitionConfig& partition, const std::string& key, const std::string& value);

}  // namespace slurmxx
