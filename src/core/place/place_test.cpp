// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/place/place.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <random>

#include "core/place/node_space.h"
#include "core/tres/gres_pools.h"

using namespace slurmxx;

namespace {

std::vector<Node> nodes_of(std::mt19937& random) {
  std::vector<Node> nodes(12);
  for (Node& node : nodes) {
    node.condition.base = random() % 8 == 0 ? NodeBase::down : NodeBase::up;
    node.declared = {8, 1, 1, 8, 1, MebiBytes(8000), {}};
    node.use.cpu_taken.assign(8, false);
    node.use.cpus = random() % 5;
    for (std::uint32_t cpu = 0; cpu < node.use.cpus; ++cpu) node.use.cpu_taken[cpu] = true;
    node.use.jobs = node.use.cpus > 0 ? 1 : 0;
  }
  return nodes;
}

Demand demand_from(std::mt19937& random) {
  Demand d;
  d.tasks = 1 + random() % 20;
  d.tasks_per_node_max = 1 + random() % 8;
  d.nodes_min = 1 + random() % 3;
  d.nodes_max = d.nodes_min + random() % 4;
  d.tasks = std::max(d.tasks, d.nodes_min);
  d.cpus_per_task = 1 + random() % 2;
  d.memory_per_cpu = MebiBytes(100 * (1 + random() % 12));
  d.whole_nodes = random() % 6 == 0;
  d.owner.only_user = random() % 6 == 0;
  d.owner.user = Uid(random() % 3);
  return d;
}

std::vector<const NodeRoom*> rooms_of(const std::vector<NodeSpace>& spaces) {
  std::vector<const NodeRoom*> list;
  for (const NodeSpace& space : spaces) list.push_back(&space.room());
  return list;
}

// What each chosen node gives, as text.
std::string placed(const Demand& demand, const Offer& offer, std::vector<NodeSpace>& spaces) {
  const auto chosen = choose(demand, offer);
  if (const auto* shortage = std::get_if<Shortage>(&chosen))
    return fmt::format("{} {}", shortage->what, shortage->have);
  std::string text;
  for (const Chosen& one : std::get<std::vector<Chosen>>(chosen)) {
    NodeSpace& space = spaces[one.place];
    const RoomTake amount = take_of(demand, space.room(), one);
    const NodeShare share = space.share_of({amount, demand.choice});
    space.take(amount, share);
    text += fmt::format("{}:{} ", share.node.value, fmt::join(share.cpu_ids, ","));
  }
  return text;
}

}  // namespace

TEST_CASE("a search that goes on from its cursor finds what one from the beginning finds") {
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const std::vector<Node> nodes = nodes_of(random);
    std::vector<NodeSpace> spaces;
    for (std::uint32_t i = 0; i < nodes.size(); ++i) spaces.emplace_back(NodeIndex(i), nodes[i], CpuUnit::cpu);
    std::vector<NodeSpace> again = spaces;
    const auto offered = rooms_of(spaces);
    const auto offered_again = rooms_of(again);
    const std::vector<Demand> demands{demand_from(random), demand_from(random), demand_from(random)};
    std::vector<PlaceCursor> cursors(demands.size());
    for (int job = 0; job < 40; ++job) {
      const std::size_t which = random() % demands.size();
      const std::size_t required = which == 2 ? 1 : 0;
      const std::string quick = placed(demands[which], {offered, required, &cursors[which]}, spaces);
      const std::string plain = placed(demands[which], {offered_again, required, nullptr}, again);
      CHECK(quick == plain);
    }
  }
}

TEST_CASE("the largest counts that a request can hold are judged, and neither loop nor wrap") {
  Node node;
  node.condition.base = NodeBase::up;
  node.declared = {8, 1, 1, 8, 1, MebiBytes(8000), {}};
  node.use.cpu_taken.assign(8, false);
  const NodeRoom space = NodeSpace(NodeIndex(0), node, CpuUnit::cpu).room();
  Demand d;
  d.memory_per_node = MebiBytes(0);
  d.tasks = d.nodes_min = d.tasks_per_node_max = 0xffff'ffff;
  CHECK(tasks_that_fit(d, space) == 8);
  d.cpus_per_task = 0x1'0000;
  CHECK(tasks_that_fit(d, space) == 0);
  d.even_tasks = true;
  d.tasks_per_node_max = 0x1'0000;  // 2^32 CPUs
  CHECK(tasks_that_fit(d, space) == 0);
}

TEST_CASE("of GRES for the whole job each node gives one of the first kind at least") {
  Node node;
  node.condition.base = NodeBase::up;
  node.declared.cores_per_socket = 8;
  node.gres = gres_pools("gpu:a:1,gpu:b:1", {});
  std::vector<NodeSpace> spaces;
  for (const std::uint32_t cpus : {8u, 4u}) {
    node.declared.cpus = cpus;
    node.declared.memory = MebiBytes(8000);
    spaces.push_back(NodeSpace::empty(NodeIndex(static_cast<std::uint32_t>(spaces.size())), node, CpuUnit::cpu));
  }
  JobSpec spec;
  spec.resources.gres.per_job = "gpu:a:2,gpu:b:1";
  spec.resources.gres.cpus_per_gpu = 4;
  const Demand demand = demand_of(spec, {}, false);
  const NodeRoom* rooms[] = {&spaces[0].room(), &spaces[1].room()};
  const auto chosen = choose(demand, {rooms, 0, nullptr});
  const auto* list = std::get_if<std::vector<Chosen>>(&chosen);
  REQUIRE(list);
  REQUIRE(list->size() == 2);
  CHECK((*list)[0].parts == JobParts{1, 1});
  CHECK((*list)[1].parts == JobParts{1, 0});
}

TEST_CASE("more GRES than anything has is refused without wrapping") {
  ResourceRequest request;
  request.tasks = 0xffff'ffff;
  request.gres.per_node = "nic:9000P";
  request.gres.per_task = "gpu:9000P";
  CHECK(requested_gres(request, 0xffff'ffff)["gres/gpu"] == std::uint64_t{1} << 40U);
  CHECK_FALSE(
      gres_cover(gres_pools("gpu:4,nic:4", {}), {4, 4}, gres_need(gres_demand_of(request, {}), request.tasks, {})));
}
