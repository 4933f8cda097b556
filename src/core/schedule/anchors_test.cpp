// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/anchors.h"

#include <doctest/doctest.h>

#include <random>

using namespace slurmxx;

namespace {

std::vector<NodeRoom> nodes(std::uint32_t count) {
  std::vector<NodeRoom> rooms(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    rooms[i].node = NodeIndex(i);
    rooms[i].units_total = 8;
    rooms[i].memory_total = MebiBytes(100);
    rooms[i].empty();
  }
  return rooms;
}

}  // namespace

TEST_CASE("anchors say of each node exactly when it is free, after each booking") {
  std::mt19937 random(5);
  Calendar calendar(nodes(70));
  std::vector<NodeIndex> order;
  std::vector<std::uint32_t> place_of(70);
  for (std::uint32_t i = 0; i < 70; ++i) order.push_back(NodeIndex(69 - i));
  for (std::uint32_t i = 0; i < 70; ++i) place_of[order[i].value] = i;
  Anchors anchors(calendar, order, place_of);
  const std::pair<RoomTake, Moment> needs[] = {{{1}, 5}, {{4}, 3}, {{1, {}, true}, 4}};
  for (const auto& [take, length] : needs) anchors.add(take, length);
  for (int i = 0; i < 600; ++i) {
    const auto from = static_cast<Moment>(random() % 40);
    const RoomTake take{static_cast<std::uint32_t>(random() % 8), MebiBytes(1), random() % 6 == 0};
    calendar.add({NodeIndex(random() % 70), from, from + 1 + static_cast<Moment>(random() % 10), take});
    anchors.catch_up();
    for (const auto& [need, length] : needs) {
      std::vector<const BoundRow*> rows;
      anchors.find(need, length, rows);
      REQUIRE(!rows.empty());
      Moment bound = 0;
      const std::size_t place = random() % 70;
      for (const BoundRow* row : rows) bound = std::max(bound, row->at(place));
      CHECK(bound == calendar.loose_window(order[place], need, length, 0)->first);
      for (const BoundRow* row : rows) CHECK(row->least(place / block_size) <= row->at(place));
    }
  }
}

TEST_CASE("a greater need is bounded by the anchors below it alone") {
  const Calendar calendar(nodes(1));
  const std::vector<NodeIndex> order = {NodeIndex(0)};
  const std::vector<std::uint32_t> place_of = {0};
  Anchors anchors(calendar, order, place_of);
  anchors.add({6}, 10);  // stands for 4
  std::vector<const BoundRow*> rows;
  anchors.find({3}, 10, rows);
  anchors.find({4}, 9, rows);
  CHECK(rows.empty());
  anchors.find({5}, 10, rows);
  CHECK(rows.size() == 1);
}
