// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/launch/task_layout.h"

#include <algorithm>
#include <numeric>

namespace slurmxx {
namespace {

using Counts = std::vector<std::uint32_t>;

// Round and round over the nodes, `at_once` tasks a visit, as far as there is room. The tasks get their numbers in the
// order they are dealt.
TaskIds deal_round(std::span<const std::uint32_t> room, std::uint32_t tasks, std::uint32_t at_once) {
  TaskIds ids(room.size());
  for (std::uint32_t next = 0; next < tasks;) {
    for (std::size_t node = 0; node < room.size(); ++node)
      for (std::uint32_t i = 0; i < at_once && next < tasks && ids[node].size() < room[node]; ++i)
        ids[node].push_back(next++);
  }
  return ids;
}

TaskIds deal_packed(std::span<const std::uint32_t> room, std::uint32_t tasks) {
  TaskIds ids(room.size());
  std::uint32_t next = 0;
  for (std::size_t node = 0; node < room.size(); ++node)
    while (next < tasks && ids[node].size() < room[node]) ids[node].push_back(next++);
  return ids;
}

// The counts stay, the tasks of a node follow each other.
void number_in_blocks(TaskIds& ids) {
  std::uint32_t next = 0;
  for (auto& own : ids)
    for (std::uint32_t& id : own) id = next++;
}

std::optional<TaskIds> deal_by_hosts(std::span<const std::uint32_t> room, const LayoutRequest& request) {
  TaskIds ids(room.size());
  if (request.hosts.size() < request.tasks) return std::nullopt;
  for (std::uint32_t task = 0; task < request.tasks; ++task) {
    const std::size_t node = request.hosts[task];
    if (node >= room.size() || ids[node].size() >= room[node]) return std::nullopt;
    ids[node].push_back(task);
  }
  return ids;
}

}  // namespace

std::optional<TaskIds> lay_out_tasks(std::span<const std::uint32_t> room, const LayoutRequest& request) {
  const Distribution& how = request.distribution;
  if (how.nodes == NodeDeal::arbitrary) return deal_by_hosts(room, request);
  if (std::accumulate(room.begin(), room.end(), std::uint64_t{0}) < request.tasks) return std::nullopt;
  if (how.nodes == NodeDeal::plane) return deal_round(room, request.tasks, std::max(1U, how.plane));
  if (how.nodes == NodeDeal::block && how.pack) return deal_packed(room, request.tasks);
  TaskIds ids = deal_round(room, request.tasks, 1);
  if (how.nodes == NodeDeal::block) number_in_blocks(ids);
  return ids;
}

}  // namespace slurmxx
