// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The expected places are those that srun -l showed on nodes of 16, 16, 4 and 4 CPUs.
#include "core/launch/task_layout.h"

#include <doctest/doctest.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

using namespace slurmxx;

namespace {

std::string dealt(std::vector<std::uint32_t> room, std::uint32_t tasks, const char* how,
                  std::vector<std::size_t> hosts = {}) {
  const auto ids = lay_out_tasks(room, {tasks, *parse_distribution(how), std::move(hosts)});
  if (!ids) return "does not fit";
  std::string text;
  for (const auto& own : *ids) text += fmt::format("[{}]", fmt::join(own, " "));
  return text;
}

}  // namespace

TEST_CASE("block: consecutive tasks share a node, and no node is left out") {
  CHECK(dealt({2, 2, 2}, 4, "block") == "[0 1][2][3]");
  CHECK(dealt({6, 2}, 7, "") == "[0 1 2 3 4][5 6]");
  CHECK(dealt({16, 16}, 6, "*") == "[0 1 2][3 4 5]");
  CHECK(dealt({16, 16, 4, 4}, 20, "") == "[0 1 2 3 4 5][6 7 8 9 10 11][12 13 14 15][16 17 18 19]");
  CHECK(dealt({16, 4}, 20, "block,NoPack") == dealt({16, 4}, 20, "block"));
}

TEST_CASE("block,Pack fills a node before the next one gets a task") {
  CHECK(dealt({4, 4, 4}, 6, "block,Pack") == "[0 1 2 3][4 5][]");
  CHECK(dealt({4, 4, 4}, 6, "Pack") == "[0 1 2 3][4 5][]");
}

TEST_CASE("cyclic: consecutive tasks are on consecutive nodes as long as these have room") {
  CHECK(dealt({14, 2, 3, 1}, 20, "cyclic") == "[0 4 7 9 10 11 12 13 14 15 16 17 18 19][1 5][2 6 8][3]");
  CHECK(dealt({4, 2}, 6, "CYCLIC:block") == "[0 2 4 5][1 3]");
}

TEST_CASE("plane: so many tasks at a time") {
  CHECK(dealt({8, 2, 2}, 12, "plane=2") == "[0 1 6 7 8 9 10 11][2 3][4 5]");
  CHECK(dealt({6, 2}, 8, "plane=3") == "[0 1 2 5 6 7][3 4]");
  CHECK(dealt({16, 16, 4, 4}, 20, "plane=4") == "[0 1 2 3 16 17 18 19][4 5 6 7][8 9 10 11][12 13 14 15]");
}

TEST_CASE("arbitrary: each task where the list says") {
  CHECK(dealt({4, 4}, 4, "arbitrary", {1, 0, 1, 1}) == "[1][0 2 3]");
  CHECK(dealt({4, 4}, 3, "arbitrary", {1, 0, 1, 1}) == "[1][0 2]");
  CHECK(dealt({4, 4}, 5, "arbitrary", {1, 0, 1, 1}) == "does not fit");
  CHECK(dealt({4, 1}, 3, "arbitrary", {1, 0, 1}) == "does not fit");
}

TEST_CASE("more tasks than room is no layout") {
  CHECK(dealt({2, 2}, 5, "block") == "does not fit");
  CHECK(dealt({0, 2}, 2, "cyclic") == "[][0 1]");
}

TEST_CASE("distribution: levels, defaults and packing are read, other words are named") {
  const auto all = parse_distribution("cyclic:block:fcyclic,Pack");
  REQUIRE(all);
  CHECK((all->nodes == NodeDeal::cyclic && all->sockets == SocketDeal::block && all->cores == SocketDeal::fcyclic));
  CHECK(all->pack);
  CHECK(parse_distribution("*:*")->sockets == SocketDeal::cyclic);
  CHECK_FALSE(parse_distribution("*:*")->sockets_given);
  CHECK(parse_distribution("*:block")->cores == SocketDeal::block);
  CHECK(parse_distribution("plane").error().message == "Invalid plane size or size not specified");
  CHECK_FALSE(parse_distribution("plane=0"));
  CHECK_FALSE(parse_distribution("block:bogus"));
  CHECK_FALSE(parse_distribution("block:block:block:block"));
  CHECK_FALSE(parse_distribution("block,pack,pack"));
  CHECK(distribution_variables("Plane=4").distribution == "plane");
  CHECK(distribution_variables("plane=4").plane_size == "4");
  CHECK(distribution_variables("cyclic:Block").distribution == "cyclic:block");
  CHECK(distribution_variables("*:block").distribution == "block:block");
  CHECK(distribution_variables("").distribution.empty());
}

TEST_CASE("distribution: sacct's Layout of a step") {
  CHECK(distribution_name("", 2, 2) == "Cyclic");
  CHECK(distribution_name("", 4, 2) == "Block");
  CHECK(distribution_name("*", 2, 2) == "Block");
  CHECK(distribution_name("plane=2", 4, 2) == "Plane");
  CHECK(distribution_name("cyclic:block", 4, 2) == "CBlock");
  CHECK(distribution_name("block:fcyclic", 4, 2) == "BFCyclic");
  CHECK(distribution_name("cyclic:cyclic:cyclic", 4, 2) == "CCyclicCyclic");
  CHECK(distribution_name("*:cyclic", 4, 2) == "BCyclic");
  CHECK(distribution_name("block,Pack", 4, 2) == "Block,Pack");
  CHECK(distribution_name("block:block,NoPack", 4, 2) == "BBlock,NoPack");
  CHECK(distribution_name("arbitrary", 2, 2) == "arbitrary task distribution");
}
