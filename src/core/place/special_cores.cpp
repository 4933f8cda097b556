// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/place/special_cores.h"

#include <algorithm>

#include "core/model/node.h"

namespace slurmxx {

std::vector<std::uint32_t> special_core_order(std::uint32_t sockets, std::uint32_t cores_per_socket, bool first) {
  const std::uint32_t cores = sockets * cores_per_socket;
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < cores; ++i) {
    const std::uint32_t last = (sockets - i % sockets) * cores_per_socket - 1 - i / sockets;
    order.push_back(first ? cores - 1 - last : last);
  }
  return order;
}

std::vector<std::uint32_t> cpus_but_special(const NodeShape& shape, const std::vector<std::uint32_t>& system,
                                            const SpecialNeed& need) {
  const std::uint32_t sockets = std::max(1u, shape.sockets);
  const std::uint32_t cores_per_socket = std::max(1u, shape.cores_per_socket);
  const std::uint32_t threads = std::max(1u, shape.cpus / (sockets * cores_per_socket));
  std::vector<std::uint32_t> order = system;
  for (const std::uint32_t core : special_core_order(sockets, cores_per_socket, need.first))
    for (std::uint32_t cpu = (core + 1) * threads; cpu-- > core * threads;)
      if (cpu < shape.cpus && !std::binary_search(system.begin(), system.end(), cpu)) order.push_back(cpu);
  const std::size_t left = need.cores ? std::size_t{*need.cores} * threads : need.threads.value_or(0);
  order.erase(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(std::min(left, order.size())));
  std::sort(order.begin(), order.end());
  return order;
}

}  // namespace slurmxx
