// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/place/gres_choice.h"

#include <doctest/doctest.h>

#include <random>

#include "core/model/gres_use.h"
#include "core/tres/gres_pools.h"

using namespace slurmxx;

namespace {

IndexSet cores(std::uint32_t first, std::uint32_t last) { return IndexSet({IndexSet::Range{first, last, 1}}); }

// gpus 0 and 1 are a100 near cores 0-1, 2 and 3 v100 near cores 2-3
std::vector<GresPool> two_types() {
  return gres_pools("gpu:a100:2,gpu:v100:2,nic:2",
                    std::vector<GresFound>{{"gpu", "a100", 2, {"/dev/0", "/dev/1"}, cores(0, 1), "", ""},
                                           {"gpu", "v100", 2, {"/dev/2", "/dev/3"}, cores(2, 3), "", ""},
                                           {"nic", "", 2, {}, {}, "", ""}});
}

GresDemand asks(std::string_view text) {
  ResourceRequest request;
  request.gres.per_node = text;
  return gres_demand_of(request, {});
}

const auto any_core = [](std::uint32_t) { return true; };

// A node while jobs come.
struct Devices {
  GresPools pools;
  std::vector<GresShare> used;

  GresSlots free() const {
    GresSlots slots = gres_slots(pools);
    take_slots(slots, slots_of(pools, used));
    return slots;
  }
  bool cover(std::string_view text) const { return gres_cover(pools, free(), asks(text).per_node); }
  std::vector<GresShare> choose(std::string_view text, const CoreFree& core_free = any_core) const {
    const GresDemand demand = asks(text);
    return choose_gres({pools, used}, slots_for(pools, free(), demand.per_node), demand, core_free);
  }
  std::string text(std::string_view asked, const CoreFree& core_free = any_core) const {
    return gres_shares_text(choose(asked, core_free));
  }
  void take(std::string_view text) { add_gres(used, choose(text)); }
};

}  // namespace

TEST_CASE("free devices of lower indexes come first, and of a pool those near free cores before all") {
  Devices node{two_types(), {}};
  CHECK(node.text("gpu:1") == "gpu:a100:1(IDX:0)");
  CHECK(node.text("gpu:3") == "gpu:a100:2(IDX:0-1),gpu:v100:1(IDX:2)");
  CHECK(node.text("gpu:v100:1,nic:2") == "gpu:v100:1(IDX:2),nic(CNT:2)");
  CHECK(node.text("gpu:v100:1", [](std::uint32_t core) { return core < 2; }) == "gpu:v100:1(IDX:2)");
  node.take("gpu:a100:1");
  CHECK(node.text("gpu:1") == "gpu:a100:1(IDX:1)");
  CHECK_FALSE(node.cover("gpu:a100:2"));
  CHECK(node.cover("gpu:3"));
  CHECK_FALSE(node.cover("gpu:4"));
  CHECK_FALSE(node.cover("gpu:x:1"));
}

TEST_CASE("near devices of one pool") {
  const Devices node{gres_pools("gpu:2", std::vector<GresFound>{{"gpu", "", 1, {"/dev/0"}, cores(0, 1), "", ""},
                                                                {"gpu", "", 1, {"/dev/1"}, cores(2, 3), "", ""}}),
                     {}};
  CHECK(node.text("gpu:1", [](std::uint32_t core) { return core >= 2; }) == "gpu:1(IDX:1)");
}

TEST_CASE("gpus that have links to one another come together") {
  const auto linked = [](const char* links, IndexSet near) {
    return GresFound{"gpu", "", 1, {"/dev/x"}, std::move(near), links, ""};
  };
  // 0 and 2 are linked, and 1 and 3 more so.
  Devices node{
      gres_pools("gpu:4", std::vector<GresFound>{linked("-1,0,2,0", cores(0, 1)), linked("0,-1,0,4", cores(0, 1)),
                                                 linked("2,0,-1,0", cores(2, 3)), linked("0,4,0,-1", cores(2, 3))}),
      {}};
  CHECK(node.text("gpu:1") == "gpu:1(IDX:0)");
  CHECK(node.text("gpu:2") == "gpu:2(IDX:1,3)");
  CHECK(node.text("gpu:3") == "gpu:3(IDX:0-1,3)");
  CHECK(node.text("gpu:2", [](std::uint32_t core) { return core < 2; }) == "gpu:2(IDX:0-1)");  // near ones before all
  CHECK(node.text("gpu:3", [](std::uint32_t core) { return core >= 2; }) == "gpu:3(IDX:1-3)");
  node.take("gpu:2");
  CHECK(node.text("gpu:2") == "gpu:2(IDX:0,2)");
  Devices bad{gres_pools("gpu:2", std::vector<GresFound>{linked("x", {}), linked("", {})}), {}};
  CHECK(bad.text("gpu:2") == "gpu:2(IDX:0-1)");
}

TEST_CASE("all of a node is its gpus, or their parts where these are asked for") {
  const Devices node{
      gres_pools("gpu:2,shard:8", std::vector<GresFound>{{"gpu", "", 2, {"/dev/0", "/dev/1"}, {}, "", ""}}), {}};
  CHECK(gres_shares_text(choose_all_gres({node.pools, node.used})) == "gpu:2(IDX:0-1)");
  const GresDemand parts = asks("shard:2");
  const auto shares = choose_all_gres({node.pools, node.used}, &parts);
  REQUIRE(shares.size() == 1);
  CHECK(shares.front().name == "shard");
  CHECK(shares.front().count == 8);
  CHECK(shares.front().counts == std::vector<std::uint64_t>{4, 4});
}

TEST_CASE("a gpu is given out whole or in parts") {
  Devices node{gres_pools("gpu:2,shard:8", std::vector<GresFound>{{"gpu", "", 2, {"/dev/0", "/dev/1"}, {}, "", ""}}),
               {}};
  CHECK(node.text("shard:3") == "shard:3(IDX:0)");
  CHECK_FALSE(node.cover("shard:5"));  // not on one device
  node.take("shard:3");
  CHECK(node.text("gpu:1") == "gpu:1(IDX:1)");
  CHECK(node.text("shard:2") == "shard:2(IDX:1)");
  CHECK(node.text("shard:1") == "shard:1(IDX:0)");
  CHECK_FALSE(node.cover("gpu:2"));
  node.take("gpu:1");
  CHECK_FALSE(node.cover("shard:2"));
  CHECK(gres_shares_text(choose_all_gres({node.pools, {}})) == "gpu:2(IDX:0-1)");
}

TEST_CASE("what is not consumed is there for everyone") {
  Devices node{gres_pools("bw:no_consume:4", {}), {}};
  node.take("bw:4");
  CHECK(node.text("bw:4") == "bw(CNT:0)");
  CHECK_FALSE(node.cover("bw:5"));
}

TEST_CASE("needs of a node: each node's, each task's, and a part of the job's") {
  ResourceRequest request;
  request.gres.per_node = "nic:1";
  request.gres.per_task = "gpu:a100:2";
  request.gres.per_socket = "gpu:1";
  request.sockets_per_node = 2;
  const GresDemand demand = gres_demand_of(request, {});
  CHECK(gres_text(gres_need(demand, 3, {})) == "gres/nic:1,gres/gpu:2,gres/gpu:a100:6");
}

TEST_CASE("whatever is taken and given back in any order, nothing is given twice") {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    Devices node{gres_pools("gpu:a100:2,gpu:v100:2,shard:8,nic:3",
                            std::vector<GresFound>{{"gpu", "a100", 2, {"/dev/0", "/dev/1"}, cores(0, 1), "", ""},
                                                   {"gpu", "v100", 2, {"/dev/2", "/dev/3"}, cores(2, 3), "", ""}}),
                 {}};
    std::vector<std::vector<GresShare>> jobs;
    for (int turn = 0; turn < 60; ++turn) {
      const char* wishes[] = {"gpu:1", "gpu:2", "gpu:a100:1", "gpu:v100:2", "shard:2", "nic:1", "gpu:1,nic:2"};
      const char* wish = wishes[random() % std::size(wishes)];
      if (node.cover(wish)) {
        auto shares = node.choose(wish, [&](std::uint32_t core) { return (core + seed) % 2 == 0; });
        REQUIRE(gres_are_free(node.pools, node.used, shares));
        GresSlots numbers = node.free();
        take_slots(numbers, slots_of(node.pools, shares));
        add_gres(node.used, shares);
        REQUIRE(numbers == node.free());
        jobs.push_back(std::move(shares));
      }
      if (jobs.empty() || random() % 2 == 0) continue;
      const std::size_t gone = random() % jobs.size();
      subtract_gres(node.used, jobs[gone]);
      jobs.erase(jobs.begin() + static_cast<std::ptrdiff_t>(gone));
    }
    for (const auto& shares : jobs) subtract_gres(node.used, shares);
    CHECK(node.used.empty());
  }
}

TEST_CASE("parts of shared devices: on one, on one for each task, on any, and on the device with the most left") {
  Devices node{gres_pools("gpu:2,shard:8", std::vector<GresFound>{{"gpu", "", 2, {"/dev/0", "/dev/1"}, {}, "", ""}}),
               {}};
  node.take("shard:1");
  ResourceRequest request;
  request.gres.per_task = "shard:2";
  const auto chosen = [&](const GresPolicies& policies, std::uint32_t tasks) -> std::string {
    const GresDemand demand = gres_demand_of(request, {}, policies);
    const GresNeed need = gres_need(demand, tasks, {});
    if (!gres_cover(node.pools, node.free(), need)) return "none";
    const GresSlots slots = slots_for(node.pools, node.free(), need, demand.least_loaded);
    std::string text;
    for (const GresShare& share : choose_gres({node.pools, node.used}, slots, demand, any_core))
      for (std::size_t i = 0; i < share.indexes.size(); ++i)
        text += std::to_string(share.indexes[i]) + ":" + std::to_string(share.counts[i]) + " ";
    return text;
  };
  CHECK(chosen({}, 1) == "0:2 ");
  CHECK(chosen({}, 2) == "1:4 ");
  CHECK(chosen({}, 3) == "none");
  CHECK(chosen({.several_shared = true}, 3) == "0:3 1:3 ");
  CHECK(chosen({.task_by_device = true}, 2) == "0:2 1:2 ");
  CHECK(chosen({.task_by_device = true}, 3) == "none");
  CHECK(chosen({.least_loaded = true}, 1) == "1:2 ");
  request.gres.flags = "multiple-tasks-per-sharing";
  CHECK(chosen({.task_by_device = true}, 2) == "1:4 ");
  request.gres.flags = "one-task-per-sharing";
  CHECK(chosen({}, 2) == "0:2 1:2 ");
}

TEST_CASE("gpus that a request names twice are counted once") {
  const auto asks_for = [](std::string_view job, std::string_view node, std::string_view socket,
                           std::string_view task) {
    ResourceRequest request;
    request.gres.per_job = job, request.gres.per_node = node, request.gres.per_socket = socket;
    request.gres.per_task = task;
    request.tasks = 4;
    request.sockets_per_node = 2;
    return request;
  };
  const auto of_node = [](const ResourceRequest& request, std::uint32_t tasks) {
    const GresDemand demand = gres_demand_of(request, {});
    return gpus_in(gres_need(demand, tasks, least_parts(demand)));
  };
  const ResourceRequest nodes = asks_for("gpu:6", "gpu:2,nic:1", "", "");
  CHECK(of_node(nodes, 1) == 2);
  CHECK(requested_gres(nodes, 3)["gres/gpu"] == 6);
  CHECK(requested_gres(nodes, 3)["gres/nic"] == 3);
  const ResourceRequest tasks = asks_for("", "gpu:2", "", "gpu:1");
  CHECK(of_node(tasks, 2) == 2);
  CHECK(gres_demand_of(tasks, {}).tasks_per_node == 2);
  CHECK(requested_gres(tasks, 2)["gres/gpu"] == 4);
  const ResourceRequest sockets = asks_for("", "gpu:2", "gpu:1", "");
  CHECK(of_node(sockets, 1) == 2);
  CHECK(gres_demand_of(sockets, {}).sockets == 2);
  CHECK(of_node(asks_for("gpu:2", "gpu:2", "", "gpu:1"), 2) == 2);
  CHECK(of_node(asks_for("gpu:5", "", "", ""), 1) == 1);
}
