// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The states that slurm.conf gives to nodes: State= of their own line, and DownNodes= before it. slurm.conf(5).
#pragma once

#include <optional>
#include <string>

#include "core/config/cluster_config.h"
#include "core/model/node.h"

namespace slurmxx {

struct StartState {
  NodeStartState state = NodeStartState::unknown;
  std::string reason;  // empty: none
};

// What DownNodes= says of the node, else its own line.
StartState start_state_of(const ClusterConfig& config, NodeIndex node);

// The condition with that state; absent: slurm.conf leaves the node as it is. A CLOUD node stays one, and off.
std::optional<NodeCondition> with_start_state(NodeStartState state, NodeCondition condition);

}  // namespace slurmxx
