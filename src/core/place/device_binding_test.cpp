// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/place/device_binding.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>

#include "core/model/gres_use.h"
#include "core/place/node_space.h"

using namespace slurmxx;

namespace {

constexpr std::uint32_t cores_of_socket = 4;

// Four gpus and four cores at each socket; two threads a core on every other node. Some cores and gpus are taken.
Node node_from(std::mt19937& random) {
  Node node;
  const std::uint32_t sockets = 1 + random() % 3, threads = 1 + random() % 2;
  const std::uint32_t cores = sockets * cores_of_socket;
  node.name = "n1";
  node.condition.base = NodeBase::up;
  node.declared = {cores * threads, 1, sockets, cores_of_socket, threads, MebiBytes(1000), {}};
  GresPool gpus{"gpu", "", 0, true, {}};
  for (std::uint32_t index = 0; index < sockets * 4; ++index) {
    const std::uint32_t first = index / 4 * cores_of_socket;
    if (random() % 5 > 0) gpus.devices.push_back({index, 1, IndexSet({{first, first + cores_of_socket - 1}})});
  }
  gpus.count = gpus.devices.size();
  GresShare used{"gpu", "", 0, {}, {}};
  for (const GresDevice& device : gpus.devices)
    if (random() % 3 == 0) used.indexes.push_back(device.index);
  used.count = used.indexes.size();
  if (used.count > 0) node.use.gres = {used};
  if (gpus.count > 0) node.gres = {gpus};
  node.use.cpu_taken.assign(cores * threads, false);
  for (std::uint32_t core = 0; core < cores; ++core)
    if (random() % 3 == 0)
      for (std::uint32_t thread = 0; thread < threads; ++thread) node.use.cpu_taken[core * threads + thread] = true;
  return node;
}

NodeSpace space_of(const Node& node) {
  NodeSpace space(NodeIndex(0), node, CpuUnit::core);
  space.split_devices();
  space.lend(nullptr);
  space.close_rest();
  return space;
}

struct Seen {
  std::vector<std::uint32_t> idle_cores, free_gpus;  // by socket
};

Seen look_at(const Node& node) {
  Seen seen{std::vector<std::uint32_t>(node.declared.sockets), std::vector<std::uint32_t>(node.declared.sockets)};
  for (std::uint32_t core = 0; core < node.declared.sockets * cores_of_socket; ++core)
    if (!node.use.cpu_taken[core * node.declared.threads_per_core]) ++seen.idle_cores[core / cores_of_socket];
  for (const GresPool& pool : node.gres)
    for (const GresDevice& device : pool.devices)
      if (node.use.gres.empty() || taken_on(node.use.gres[0], device.index) == 0) ++seen.free_gpus[device.index / 4];
  return seen;
}

// Whether any choice of so many gpus has so many idle cores near, one near to each at least.
bool may_bind(const Seen& seen, std::uint32_t gpus, std::uint32_t cores) {
  const std::uint32_t all = (1U << seen.free_gpus.size()) - 1;
  for (std::uint32_t chosen = 1; chosen <= all; ++chosen) {
    std::uint32_t least = 0, most = 0, near = 0;
    bool there = true;
    for (std::size_t socket = 0; socket < seen.free_gpus.size(); ++socket) {
      if (!(chosen >> socket & 1U)) continue;
      there = there && seen.free_gpus[socket] > 0 && seen.idle_cores[socket] > 0;
      ++least;
      most += seen.free_gpus[socket];
      near += seen.idle_cores[socket];
    }
    if (there && least <= std::min(gpus, cores) && gpus <= most && near >= cores) return true;
  }
  return false;
}

std::set<std::uint32_t> sockets_of_gpus(const NodeShare& share) {
  std::set<std::uint32_t> sockets;
  for (const GresShare& one : share.gres)
    for (const std::uint32_t index : one.indexes) sockets.insert(index / 4);
  return sockets;
}

std::set<std::uint32_t> sockets_of_cpus(const NodeShare& share, const Node& node) {
  std::set<std::uint32_t> sockets;
  for (const std::uint32_t cpu : share.cpu_ids) sockets.insert(cpu / node.declared.threads_per_core / cores_of_socket);
  return sockets;
}

RoomNeed need_of(const GresDemand& demand, std::uint32_t cores) {
  return {{cores}, gres_need(demand, 1, least_parts(demand))};
}

// What a job gets that the node admits; none: its devices and cores are not near to one another.
std::optional<NodeShare> take_of(NodeSpace& space, const GresDemand& demand, RoomNeed need) {
  auto bound = take_bound(demand, space.room(), need, {});
  if (!bound) return {};
  need.take.gres = std::move(bound->slots);
  need.take.which = std::move(bound->units);
  NodeShare share = space.share_of({need.take, {}, &demand});
  space.take(need.take, share);
  return share;
}

}  // namespace

TEST_CASE("enforce-binding: a job has cores near its gpus and gpus near its cores, wherever such a choice is there") {
  std::mt19937 random(7);
  int bound = 0, refused = 0;
  for (int round = 0; round < 3000; ++round) {
    const Node node = node_from(random);
    NodeSpace space = space_of(node);
    const std::uint32_t gpus = 1 + random() % 4, cores = 1 + random() % 8;
    ResourceRequest request;
    request.gres.per_node = "gpu:" + std::to_string(gpus);
    request.gres.flags = "enforce-binding";
    const GresDemand demand = gres_demand_of(request, {});
    const RoomNeed need = need_of(demand, cores);
    if (!space.room().free.admits(need, space.room().pools)) continue;
    const Seen seen = look_at(node);
    const auto got = take_of(space, demand, need);
    REQUIRE(got.has_value() == may_bind(seen, gpus, cores));
    if (!got) {
      ++refused;
      continue;
    }
    const NodeShare& share = *got;
    CHECK(share.cpus == cores * node.declared.threads_per_core);
    CHECK(share.gres.at(0).count == gpus);
    CHECK(sockets_of_gpus(share) == sockets_of_cpus(share, node));
    ++bound;
  }
  CHECK(bound > 300);
  CHECK(refused > 100);
}

TEST_CASE("gpus-per-socket: so many on each of so many sockets, and cores of those") {
  std::mt19937 random(8);
  int taken = 0, refused = 0;
  for (int round = 0; round < 3000; ++round) {
    const Node node = node_from(random);
    NodeSpace space = space_of(node);
    const std::uint32_t gpus = 1 + random() % 2, sockets = 1 + random() % 3, cores = 1 + random() % 6;
    ResourceRequest request;
    request.gres.per_socket = "gpu:" + std::to_string(gpus);
    request.sockets_per_node = sockets;
    const GresDemand demand = gres_demand_of(request, {});
    const RoomNeed need = need_of(demand, cores);
    if (!space.room().free.admits(need, space.room().pools)) continue;
    const Seen seen = look_at(node);
    std::vector<std::uint32_t> fit;
    for (std::uint32_t socket = 0; socket < node.declared.sockets; ++socket)
      if (seen.free_gpus[socket] >= gpus && seen.idle_cores[socket] > 0) fit.push_back(seen.idle_cores[socket]);
    std::ranges::sort(fit, std::greater());
    std::uint32_t near = 0;
    for (std::size_t i = 0; i < std::min<std::size_t>(sockets, fit.size()); ++i) near += fit[i];
    const auto got = take_of(space, demand, need);
    REQUIRE(got.has_value() == (fit.size() >= sockets && near >= cores));
    if (!got) {
      ++refused;
      continue;
    }
    const NodeShare& share = *got;
    CHECK(share.gres.at(0).count == gpus * sockets);
    CHECK(sockets_of_gpus(share).size() == sockets);
    CHECK(std::ranges::includes(sockets_of_gpus(share), sockets_of_cpus(share, node)));
    ++taken;
  }
  CHECK(taken > 300);
  CHECK(refused > 100);
}
