// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/view.h"

#include <algorithm>

namespace slurmxx {
namespace {

using Seen = PlanPartition::State;

constexpr bool same(PartitionState kept, Seen seen) {
  return static_cast<std::uint8_t>(kept) == static_cast<std::uint8_t>(seen);
}
static_assert(same(PartitionState::up, Seen::up) && same(PartitionState::down, Seen::down) &&
              same(PartitionState::drain, Seen::drain) && same(PartitionState::inactive, Seen::inactive));

}  // namespace

PlanPartition plan_partition(const Partition& partition) {
  PlanPartition view;
  view.name = partition.name;
  view.nodes = partition.nodes;
  view.state = static_cast<Seen>(partition.state);
  view.is_default = partition.is_default;
  view.whole_nodes = partition.exclusive;
  view.sharing_forced = partition.sharing_forced;
  view.jobs_per_core = std::max(1u, partition.jobs_per_core);
  view.priority_tier = partition.priority_tier;
  view.nodes_min = partition.nodes_min;
  view.nodes_max = partition.nodes_max;
  view.time_max = partition.time_max;
  view.time_default = partition.time_default;
  return view;
}

}  // namespace slurmxx
