// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/place/step_cpus.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/place/core_choice.h"

namespace slurmxx {
namespace {

using Ids = std::vector<std::uint32_t>;

std::uint32_t threads_used(const NodeTopology& node, const StepDemand& demand) {
  return std::clamp(demand.threads_per_core.value_or(node.threads_per_core), 1U, std::max(1U, node.threads_per_core));
}

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

}  // namespace

NodeTopology topology_of(const NodeShape& shape) {
  const std::uint64_t cores = std::uint64_t{shape.sockets} * shape.cores_per_socket;
  if (cores > 0 && cores * shape.threads_per_core == shape.cpus)
    return {shape.sockets, shape.cores_per_socket, shape.threads_per_core, {}};
  if (cores > 0 && cores == shape.cpus) return {shape.sockets, shape.cores_per_socket, 1, {}};
  return {1, std::max(1U, shape.cpus), 1, {}};
}

std::uint32_t tasks_on(const Ids& cpus, const NodeTopology& node, const StepDemand& demand) {
  std::uint64_t tasks = std::min(demand.tasks_per_node.value_or(tasks_per_node_max), tasks_per_node_max);
  if (cpus.empty()) return 0;
  if (demand.overcommit) return static_cast<std::uint32_t>(tasks);
  std::map<std::uint32_t, std::uint32_t> cores;
  std::set<std::uint32_t> sockets;
  for (const std::uint32_t cpu : cpus) {
    ++cores[cpu / node.threads_per_core];
    sockets.insert(cpu / node.threads_per_core / node.cores_per_socket);
  }
  std::uint64_t usable = 0;
  for (const auto& [core, threads] : cores) usable += std::min(threads, threads_used(node, demand));
  tasks = std::min(tasks, usable / std::max(1U, demand.cpus_per_task));
  if (demand.tasks_per_core) tasks = std::min(tasks, cores.size() * std::uint64_t{*demand.tasks_per_core});
  if (demand.tasks_per_socket) tasks = std::min(tasks, sockets.size() * std::uint64_t{*demand.tasks_per_socket});
  return static_cast<std::uint32_t>(tasks);
}

Ids exact_cpus(const Ids& free, const NodeTopology& node, const StepDemand& demand, std::uint32_t tasks) {
  std::vector<std::vector<std::uint32_t>> units(std::max(1U, node.sockets));  // whole cores, by socket
  Ids broken;                                                                 // CPUs of others
  std::map<std::uint32_t, std::uint32_t> threads;
  for (const std::uint32_t cpu : free) ++threads[cpu / node.threads_per_core];
  for (const auto& [core, count] : threads)
    if (count == node.threads_per_core) units[core / node.cores_per_socket % units.size()].push_back(core);
  for (const std::uint32_t cpu : free)
    if (threads[cpu / node.threads_per_core] != node.threads_per_core) broken.push_back(cpu);
  const std::uint32_t per_core = threads_used(node, demand);
  const std::uint64_t cpus = std::uint64_t{tasks} * std::max(1U, demand.cpus_per_task);
  std::uint64_t wanted = ceil_div(cpus, per_core);
  if (demand.tasks_per_core) wanted = std::max(wanted, ceil_div(tasks, std::max(1U, *demand.tasks_per_core)));
  wanted = std::min<std::uint64_t>(wanted, free.size());
  CoreChoice how{demand.sockets, std::max(1U, demand.cpus_per_task), per_core, true};
  if (how.cpus_per_task == 1) how.deal = SocketDeal::block;  // as watched: in order
  Ids taken;
  for (const std::uint32_t core : choose_units(units, static_cast<std::uint32_t>(wanted), how))
    for (std::uint32_t thread = 0; thread < node.threads_per_core; ++thread)
      taken.push_back(core * node.threads_per_core + thread);
  for (const std::uint32_t cpu : broken)
    if (taken.size() < cpus) taken.push_back(cpu);
  std::sort(taken.begin(), taken.end());
  return taken;
}

}  // namespace slurmxx
