// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/start_states.h"

#include <algorithm>

namespace slurmxx {

StartState start_state_of(const ClusterConfig& config, NodeIndex node) {
  const auto names = [&](const DownNodesConfig& down) {
    return std::binary_search(down.nodes.begin(), down.nodes.end(), node);
  };
  const auto down = std::find_if(config.down_nodes.begin(), config.down_nodes.end(), names);
  if (down != config.down_nodes.end()) return {down->state, down->reason};
  return {config.nodes[node.value].state, config.nodes[node.value].reason};
}

std::optional<NodeCondition> with_start_state(NodeStartState state, NodeCondition condition) {
  switch (state) {
    case NodeStartState::down:
      condition.base = NodeBase::down;
      return condition;
    case NodeStartState::future:
      condition.base = NodeBase::future;
      return condition;
    case NodeStartState::drain:
      condition.drain = true;
      return condition;
    case NodeStartState::fail:
    case NodeStartState::failing:
      condition.fail = true;
      return condition;
    default:
      return std::nullopt;
  }
}

}  // namespace slurmxx
