// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/forecast.h"

#include <doctest/doctest.h>

#include <random>

#include "core/tres/gres_pools.h"

using namespace slurmxx;

namespace {

constexpr std::uint32_t units = 4;

// Two types, parts of gpus, and counts alone.
const GresPools& pools_of(std::uint32_t node) {
  static const GresFound gpus{"gpu", "", 2, {"a", "b"}, {}, "", ""};
  static const GresPools kinds[] = {gres_pools("gpu:a:2,gpu:b:2", {}), gres_pools("gpu:2,shard:6", {&gpus, 1}),
                                    gres_pools("gpu:a:3,nic:2", {})};
  return kinds[node % std::size(kinds)];
}

struct Cluster {
  std::vector<NodeRoom> rooms;
  NodePool pool;

  explicit Cluster(std::uint32_t nodes) {
    for (std::uint32_t i = 0; i < nodes; ++i) {
      NodeRoom room;
      room.node = NodeIndex(i);
      room.units_total = units + (i % 3 == 0 ? 2 : 0);
      room.memory_total = MebiBytes(8);
      if (i % 4 != 3) room.pools = &pools_of(i);
      room.empty();
      rooms.push_back(room);
    }
    for (const NodeRoom& room : rooms) pool.rooms.push_back(&room);
  }
};

// A job of one, or of some nodes, that needs the same of each; or one whose tasks go wherever there is room.
Demand demand_from(std::mt19937& random) {
  Demand d;
  d.nodes_min = 1 + random() % 3;
  d.nodes_max = d.nodes_min + random() % 2;
  d.tasks_per_node_max = 1 + random() % 2;
  d.tasks = d.nodes_min;
  if (random() % 2 == 0) d.tasks_per_node_max = 1;
  if (d.tasks_per_node_max > 1) d.tasks = d.nodes_min * d.tasks_per_node_max - random() % 2;
  d.cpus_per_task = 1 + random() % 3;
  d.memory_per_node = MebiBytes(1 + random() % 4);
  d.whole_nodes = random() % 5 == 0;
  d.owner.only_user = random() % 8 == 0;
  d.owner.user = Uid(random() % 2);
  return d;
}

// One kind at most of what is dealt out over the nodes: which node gives what of several is no question of time.
void add_gres(Demand& d, std::mt19937& random) {
  ResourceRequest request;
  const char* each[] = {"gpu:1", "gpu:2", "gpu:a:1", "shard:2", "gpu:1,nic:1"};
  const std::uint32_t form = random() % 4;
  if (form == 0) request.gres.per_node = each[random() % std::size(each)];
  if (form == 1) request.gres.per_task = each[random() % 4];
  if (form == 2 && d.tasks_per_node_max == 1) request.gres.per_job = random() % 2 == 0 ? "gpu:3" : "gpu:a:2";
  d.gres = gres_demand_of(request, {});
  for (const GresRequest& kind : d.gres.per_job)
    d.nodes_max = std::max(d.nodes_max, static_cast<std::uint32_t>(kind.count));
}

// Moment by moment, from what is free in all of the job's time.
std::optional<Moment> by_hand(const Calendar& calendar, const Cluster& cluster, const Demand& demand, Moment length) {
  for (Moment t = 0; t < 200; ++t) {
    std::vector<NodeRoom> rooms;
    for (const NodeRoom& room : cluster.rooms) rooms.push_back(calendar.room(room.node, t, length));
    std::vector<const NodeRoom*> offered;
    for (const NodeRoom& room : rooms) offered.push_back(&room);
    if (std::holds_alternative<std::vector<Chosen>>(choose(demand, {offered, 0, nullptr}))) return t;
  }
  return {};
}

}  // namespace

TEST_CASE("a forecast gives the earliest start there is, for one question after the other") {
  for (std::uint32_t seed = 1; seed <= 150; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const Cluster cluster(1 + random() % 7);
    Calendar calendar(cluster.rooms);
    for (const NodeRoom& room : cluster.rooms)
      calendar.add(
          {room.node,
           0,
           static_cast<Moment>(1 + random() % 20),
           {static_cast<std::uint32_t>(random() % (units + 1)), MebiBytes(random() % 6), false, false, {Uid(0)}}});
    Forecast forecast(calendar);
    std::vector<Demand> demands;
    for (int i = 0; i < 4; ++i) demands.push_back(demand_from(random));
    if (seed % 2 == 0)
      for (Demand& demand : demands) add_gres(demand, random);
    for (int i = 0; i < 25; ++i) {
      CAPTURE(i);
      const Demand& demand = demands[random() % demands.size()];
      const Moment length = static_cast<Moment>(1 + random() % 12);
      const auto expected = by_hand(calendar, cluster, demand, length);
      const auto slot = forecast.earliest({&cluster.pool, &demand, length, 0, 150});
      INFO("nodes " << demand.nodes_min << "-" << demand.nodes_max << " tasks " << demand.tasks << " per node "
                    << demand.tasks_per_node_max << " cpus " << demand.cpus_per_task << " mem "
                    << demand.memory_per_node->value << " whole " << demand.whole_nodes << " only "
                    << demand.owner.only_user << " user " << demand.owner.user.value << " length " << length << " gres "
                    << demand.gres.key());
      REQUIRE((slot ? slot->start : -1) == (expected && *expected <= 150 ? *expected : -1));
      if (!slot) continue;
      CHECK(slot->bookings.size() >= demand.nodes_min);
      CHECK(slot->bookings.size() <= demand.nodes_max);
      for (const Booking& booking : slot->bookings) {
        const FreeRoom free = calendar.room(booking.node, booking.from, length).free;
        CHECK(free.admits({booking.take, {}}, nullptr));
        for (std::size_t slot = 0; slot < booking.take.gres.size(); ++slot)
          CHECK(booking.take.gres[slot] <= free.gres.at(slot));
        calendar.add(booking);
      }
    }
  }
}

TEST_CASE("jobs that run come into a calendar in one go as if each were added") {
  for (std::uint32_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const Cluster cluster(4);
    std::vector<Booking> running;
    for (std::uint32_t i = 0; i < random() % 20; ++i) {
      const Moment until = random() % 5 == 0 ? forever : static_cast<Moment>(1 + random() % 10);
      const auto amount = static_cast<std::uint32_t>(random() % 2);
      running.push_back({NodeIndex(random() % 3),
                         0,
                         until,
                         {amount, MebiBytes(random() % 3), random() % 9 == 0, false, {Uid(random() % 2)}}});
    }
    Calendar one_by_one(cluster.rooms);
    for (const Booking& booking : running) one_by_one.add(booking);
    Calendar in_one_go(cluster.rooms);
    in_one_go.fill(running);
    for (const NodeRoom& room : cluster.rooms) {
      CHECK(in_one_go.first_opening(room.node) == one_by_one.first_opening(room.node));
      for (Moment t = 0; t < 12; ++t) {
        CHECK(in_one_go.next_change(room.node, t) == one_by_one.next_change(room.node, t));
        const FreeRoom is = in_one_go.room(room.node, t, 1).free;
        const FreeRoom expected = one_by_one.room(room.node, t, 1).free;
        CHECK(is.units == expected.units);
        CHECK(is.memory == expected.memory);
        CHECK(is.jobs == expected.jobs);
        CHECK(is.closed == expected.closed);
      }
      const RoomTake take{1, MebiBytes(1), false, false, {Uid(1)}};
      const auto is = in_one_go.loose_window(room.node, take, 3, 0);
      const auto expected = one_by_one.loose_window(room.node, take, 3, 0);
      REQUIRE(is.has_value() == expected.has_value());
      if (is) CHECK(is->first == expected->first);
    }
  }
}

TEST_CASE("a calendar takes back what was added since the mark, and nothing else") {
  const Cluster cluster(2);
  Calendar calendar(cluster.rooms);
  const RoomTake take{3, MebiBytes(1), false, false, {Uid(1)}};
  calendar.add({NodeIndex(0), 0, 10, take});
  calendar.mark();
  calendar.add({NodeIndex(0), 5, 20, take});
  calendar.add({NodeIndex(1), 5, 20, take});
  calendar.add({NodeIndex(0), 30, forever, take});
  CHECK(calendar.window(NodeIndex(0), {{4, {}, false, false, {Uid(1)}}}, 10, 0)->first == 20);
  calendar.undo();
  const auto window = calendar.window(NodeIndex(0), {{4, {}, false, false, {Uid(1)}}}, 10, 0);
  REQUIRE(window);
  CHECK(window->first == 10);
  CHECK(window->last == forever);
  CHECK(calendar.window(NodeIndex(1), {{4, {}, false, false, {Uid(1)}}}, 10, 0)->first == 0);
}

namespace {

// Every node, every second one, and the last third: more than one block of bounds.
std::vector<NodePool> pools_of(const Cluster& cluster) {
  std::vector<NodePool> pools(3);
  for (std::size_t i = 0; i < cluster.rooms.size(); ++i) {
    pools[0].rooms.push_back(&cluster.rooms[i]);
    if (i % 2 == 0) pools[1].rooms.push_back(&cluster.rooms[i]);
    if (3 * i >= 2 * cluster.rooms.size()) pools[2].rooms.push_back(&cluster.rooms[i]);
  }
  return pools;
}

Demand single_from(std::mt19937& random) {
  Demand d;
  d.cpus_per_task = 1 + random() % units;
  d.memory_per_node = MebiBytes(1 + random() % 8);
  d.whole_nodes = random() % 4 == 0;
  return d;
}

// The first by preference of those that are free the earliest.
std::optional<std::pair<Moment, NodeIndex>> single_by_hand(const Calendar& calendar, const Forecast::Question& q) {
  for (Moment t = 0; t <= q.horizon; ++t)
    for (const NodeRoom* room : q.pool->rooms)
      if (tasks_that_fit(*q.demand, calendar.room(room->node, t, q.length)) >= q.demand->tasks)
        return std::pair(t, room->node);
  return {};
}

}  // namespace

TEST_CASE("pools share what is known of their nodes, and the order in which nodes lie decides nothing") {
  for (std::uint32_t seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const Cluster cluster(150);
    const std::vector<NodePool> pools = pools_of(cluster);
    Calendar calendar(cluster.rooms);
    for (const NodeRoom& room : cluster.rooms)
      calendar.add(
          {room.node, 0, static_cast<Moment>(1 + random() % 20), {2, MebiBytes(random() % 6), false, false, {Uid(0)}}});
    std::vector<NodeIndex> order;
    for (const NodeRoom& room : cluster.rooms) order.push_back(room.node);
    std::shuffle(order.begin(), order.end(), random);
    Forecast forecast(calendar);
    Forecast shuffled(calendar, order);
    std::vector<Demand> demands;
    for (int i = 0; i < 8; ++i) demands.push_back(single_from(random));
    for (int i = 0; i < 400; ++i) {
      CAPTURE(i);
      const Forecast::Question question{&pools[random() % 3], &demands[random() % demands.size()],
                                        static_cast<Moment>(1 + random() % 12), 0, 30};
      const auto expected = single_by_hand(calendar, question);
      const auto slot = forecast.earliest(question);
      const auto other = shuffled.earliest(question);
      REQUIRE(slot.has_value() == expected.has_value());
      REQUIRE(other.has_value() == expected.has_value());
      if (!slot) continue;
      CHECK(std::pair(slot->start, slot->bookings.front().node) == *expected);
      CHECK(std::pair(other->start, other->bookings.front().node) == *expected);
      calendar.add(slot->bookings.front());
    }
  }
}
