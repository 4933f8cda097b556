// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Which task goes to which node: srun(1), --ntasks, --ntasks-per-node, --distribution, SLURM_HOSTFILE. Pure counting:
// how many tasks a node can hold is the caller's to say.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/launch/distribution.h"

namespace slurmxx {

struct LayoutRequest {
  std::uint32_t tasks = 1;
  Distribution distribution;
  std::vector<std::size_t> hosts;  // arbitrary: the node of task 0, 1, ...; at least `tasks` of them
};

// By node, in the order given: the ids of its tasks, rising.
using TaskIds = std::vector<std::vector<std::uint32_t>>;

// `room`: tasks that each node holds at most. nullopt: they do not fit. Every node gets a task if there are enough,
// except with Pack.
std::optional<TaskIds> lay_out_tasks(std::span<const std::uint32_t> room, const LayoutRequest& request);

}  // namespace slurmxx
