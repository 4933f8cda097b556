// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// How tasks are dealt: --distribution of srun(1). The first level deals tasks to nodes, the second CPUs of a node's
// sockets to tasks. The third level (cores within a socket) is read and kept; as in the release watched it moves no
// task. An asterisk stands for a level's default.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace slurmxx {

enum class NodeDeal : std::uint8_t { block, cyclic, plane, arbitrary };
enum class SocketDeal : std::uint8_t { block, cyclic, fcyclic };

struct Distribution {
  NodeDeal nodes = NodeDeal::block;
  std::uint32_t plane = 0;  // tasks dealt to a node at a time; 0 unless nodes is plane
  SocketDeal sockets = SocketDeal::cyclic;
  SocketDeal cores = SocketDeal::cyclic;
  bool sockets_given = false;
  bool pack = false;  // block: a node is filled before the next one gets a task

  bool operator==(const Distribution&) const = default;
};

// Any letter case; the empty text is the default. Error: what of the text cannot be read.
Result<Distribution> parse_distribution(std::string_view text);

// As sacct shows it of a step (Layout): "Block", "Cyclic", "CBlock", "Plane", "Block,Pack". Where nothing is asked for,
// a task a node is dealt cyclically.
std::string distribution_name(std::string_view text, std::size_t tasks, std::size_t nodes);

// What jobs and tasks are told in SLURM_DISTRIBUTION and SLURM_DIST_PLANESIZE; empty: not set.
struct DistributionVariables {
  std::string distribution;  // "plane" without its size
  std::string plane_size;
};
DistributionVariables distribution_variables(std::string_view text);

}  // namespace slurmxx
