// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/place/unit_loads.h"

#include <doctest/doctest.h>

namespace slurmxx {
namespace {

using Units = std::vector<std::uint32_t>;

const UnitLayout layout{4, 2};  // sockets of four cores with two CPUs each

ShareTerms whole() { return {.group = 1, .whole_sockets = true}; }
ShareTerms most_of_socket(std::uint32_t group, std::uint32_t cpus) { return {.group = group, .cpus_per_socket = cpus}; }

TEST_CASE("whole sockets are those of which nobody else has a unit") {
  UnitLoads loads(12);
  loads.take(Units{5}, {});
  loads.keep(0);  // the system's keeps no job away
  CHECK(loads.open_to(whole(), layout) == 7);
  CHECK(loads.pick(1, whole(), layout) == Units{1, 2, 3});
  CHECK(loads.pick(4, whole(), layout) == Units{8, 9, 10, 11});
  CHECK(loads.pick(5, whole(), layout) == Units{1, 2, 3, 8, 9, 10, 11});
  loads.take(loads.pick(4, whole(), layout), whole());
  CHECK(loads.pick(1, whole(), layout) == Units{1, 2, 3});
  loads.close(2);
  CHECK(loads.open_to(whole(), layout) == 0);
  CHECK(loads.pick(0, whole(), layout).empty());
}

TEST_CASE("of each socket a group has no more than its CPUs, whatever others have") {
  UnitLoads loads(8);
  loads.take(Units{0}, {});
  const ShareTerms gpu = most_of_socket(3, 4), cpu = most_of_socket(4, 6);
  CHECK(loads.pick(8, gpu, layout) == Units{1, 2, 4, 5});
  loads.take(Units{1, 4}, gpu);
  CHECK(loads.pick(8, gpu, layout) == Units{2, 5});
  CHECK(loads.open_to(cpu, layout) == 5);
  loads.take(Units{5}, gpu);
  CHECK(loads.open_to(gpu, layout) == 1);
  loads.close(6);  // whose it is, nobody knows
  CHECK(loads.open(cpu, 0, layout) == Units{2, 3, 7});
}

TEST_CASE("jobs of two groups share a unit, each so many of its own; who shares with nobody has it alone") {
  const UnitLayout flat{4, 1};
  const ShareTerms two{.group = 1, .most = 2}, three{.group = 2, .most = 3}, none{.group = 3};
  UnitLoads loads(2);
  loads.take(Units{0}, two);
  CHECK(loads.pick(2, three, flat) == Units{0, 1});  // the idle one first: see below
  CHECK(loads.pick(1, three, flat) == Units{1});
  loads.take(Units{0}, three);
  loads.take(Units{0}, two);
  CHECK(loads.open_to(two, flat) == 1);
  CHECK(loads.open_to(three, flat) == 2);
  CHECK(loads.open_to(none, flat) == 1);
  CHECK(loads.levels() == 4);
  loads.take(Units{1}, none);
  CHECK(loads.open_to(two, flat) == 0);
  CHECK(loads.pick(2, three, flat) == Units{0});
  UnitLoads later(2);
  later.take(Units{0}, three);
  later.take(Units{0}, three);
  later.take(Units{0}, three);
  loads.narrow(later);
  CHECK(loads.open_to(three, flat) == 0);
}

}  // namespace
}  // namespace slurmxx
