// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/place/step_cpus.h"

#include <doctest/doctest.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <numeric>

using namespace slurmxx;

namespace {

const NodeTopology big{2, 4, 2, {}};

std::vector<std::uint32_t> first(std::uint32_t count) {
  std::vector<std::uint32_t> ids(count);
  std::iota(ids.begin(), ids.end(), 0U);
  return ids;
}

std::string exact(std::uint32_t tasks, StepDemand demand, const std::vector<std::uint32_t>& free = first(16)) {
  return fmt::format("{}", fmt::join(exact_cpus(free, big, demand, tasks), " "));
}

}  // namespace

TEST_CASE("tasks on a node: as many as its CPUs, threads, cores and sockets allow") {
  CHECK(tasks_on(first(16), big, {}) == 16);
  CHECK(tasks_on(first(16), big, {.cpus_per_task = 3}) == 5);
  CHECK(tasks_on(first(16), big, {.threads_per_core = 1}) == 8);
  CHECK(tasks_on(first(16), big, {.cpus_per_task = 2, .threads_per_core = 1}) == 4);
  CHECK(tasks_on(first(16), big, {.tasks_per_core = 1}) == 8);
  CHECK(tasks_on(first(16), big, {.tasks_per_socket = 2}) == 4);
  CHECK(tasks_on(first(8), big, {.tasks_per_socket = 2}) == 2);
  CHECK(tasks_on(first(16), big, {.tasks_per_node = 5}) == 5);
  CHECK(tasks_on(first(2), big, {.overcommit = true}) == tasks_per_node_max);
  CHECK(tasks_on({}, big, {.overcommit = true}) == 0);
}

TEST_CASE("an exact step gets whole cores: in order, or a socket in turn for tasks of several CPUs") {
  CHECK(exact(1, {}) == "0 1");
  CHECK(exact(3, {}) == "0 1 2 3");
  CHECK(exact(2, {.cpus_per_task = 4}) == "0 1 2 3 8 9 10 11");
  CHECK(exact(2, {.cpus_per_task = 4, .sockets = SocketDeal::block}) == "0 1 2 3 4 5 6 7");
  CHECK(exact(2, {.threads_per_core = 1}) == "0 1 2 3");
  CHECK(exact(2, {.tasks_per_core = 1}) == "0 1 2 3");
  CHECK(exact(2, {}, {1, 3, 4, 5}) == "4 5");
  CHECK(exact(3, {}, {1, 3, 4, 5}) == "1 4 5");
}

TEST_CASE("topology: a shape whose CPUs are cores has no threads, and one that does not add up is flat") {
  CHECK(topology_of({16, 1, 2, 4, 2, MebiBytes(1), {}}).cpus() == 16);
  CHECK(topology_of({8, 1, 2, 4, 2, MebiBytes(1), {}}).threads_per_core == 1);
  CHECK(topology_of({7, 1, 2, 4, 2, MebiBytes(1), {}}).cores_per_socket == 7);
}
