// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What a step can have on one node of its job: how many tasks fit on given CPUs, and which CPUs an exact step gets.
// Pure; srun(1), --exact, --cpus-per-task, --threads-per-core, --ntasks-per-core, --ntasks-per-socket.
#pragma once

#include <optional>
#include <vector>

#include "core/launch/distribution.h"
#include "core/launch/task_binding.h"
#include "core/model/node.h"

namespace slurmxx {

inline constexpr std::uint32_t tasks_per_node_max = 65'533;

// What a step wants of each node.
struct StepDemand {
  std::uint32_t cpus_per_task = 1;
  std::optional<std::uint32_t> tasks_per_node;
  std::optional<std::uint32_t> tasks_per_socket;
  std::optional<std::uint32_t> tasks_per_core;
  std::optional<std::uint32_t> threads_per_core;  // uses no more of a core
  bool overcommit = false;
  SocketDeal sockets = SocketDeal::cyclic;
};

// CPUs that are given out as cores only have no threads; a shape that does not add up is one socket.
NodeTopology topology_of(const NodeShape& shape);

std::uint32_t tasks_on(const std::vector<std::uint32_t>& cpus, const NodeTopology& node, const StepDemand& demand);

// Of `free`, for so many tasks; whole cores where `free` has them whole. Rising.
std::vector<std::uint32_t> exact_cpus(const std::vector<std::uint32_t>& free, const NodeTopology& node,
                                      const StepDemand& demand, std::uint32_t tasks);

}  // namespace slurmxx
