// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/step/machine_cpus.h"

#include <sched.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <tuple>

#include <fmt/format.h>

namespace slurmxx {
namespace {

std::optional<std::uint32_t> number_in(const std::string& path) {
  std::ifstream file(path);
  std::int64_t number = -1;
  if (!(file >> number) || number < 0) return std::nullopt;
  return static_cast<std::uint32_t>(number);
}

}  // namespace

NodeTopology with_system_ids(NodeTopology declared, const std::string& sys) {
  declared.system_ids.clear();
  if (declared.cpus() == 0 || declared.cpus() > cpu_ids_max) return declared;
  std::vector<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>> found;  // socket, core, CPU
  std::map<std::uint32_t, std::map<std::uint32_t, std::uint32_t>> threads;     // by socket and core
  for (std::uint32_t cpu = 0;; ++cpu) {
    const std::string folder = fmt::format("{}/cpu/cpu{}/topology", sys, cpu);
    const auto socket = number_in(folder + "/physical_package_id");
    const auto core = number_in(folder + "/core_id");
    if (!socket || !core) break;
    found.emplace_back(*socket, *core, cpu);
    ++threads[*socket][*core];
  }
  bool same = found.size() == declared.cpus() && threads.size() == declared.sockets;
  for (const auto& [socket, cores] : threads) {
    same = same && cores.size() == declared.cores_per_socket;
    for (const auto& [core, count] : cores) same = same && count == declared.threads_per_core;
  }
  if (!same) return declared;
  std::sort(found.begin(), found.end());
  for (const auto& [socket, core, cpu] : found) declared.system_ids.push_back(cpu);
  return declared;
}

std::uint32_t memory_nodes(const std::string& sys) {
  std::uint32_t count = 0;
  std::error_code none;
  while (std::filesystem::exists(fmt::format("{}/node/node{}", sys, count), none)) ++count;
  return std::max(1U, count);
}

CpuSet usable_cpus() {
  cpu_set_t set;
  CpuSet usable;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return usable;
  for (std::uint32_t cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &set)) usable.add(cpu);
  return usable;
}

}  // namespace slurmxx
