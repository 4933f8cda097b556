// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Nodes that come and go while slurmctld runs: scontrol create and delete NodeName, slurmd -Z, and slurmd -F, which
// takes a node that slurm.conf declares as FUTURE. They live in the log: a restart and a new slurm.conf keep them.
#pragma once

#include "control/controller.h"

namespace slurmxx {

class DynamicNodes {
 public:
  explicit DynamicNodes(Controller& controller) : c_(controller) {}

  Status create(const UpdateRequest& request);
  Status remove(const std::string& names);

  // Which node a slurmd is that no record of its name waits for; an error says why it is none.
  Result<NodeIndex> join(const NodeHello& hello);

 private:
  Status check_room(std::size_t more) const;
  NodeIndex add(const NodeConfig& node);
  Result<NodeIndex> take_future(const NodeHello& hello, std::string_view feature);
  Status check_removable(NodeIndex node) const;
  void remove(NodeIndex node);

  Controller& c_;
};

}  // namespace slurmxx
