// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The expected ids are those of `scontrol show job -d` on a node of 2 sockets, 4 cores each, 2 threads each.
#include "core/place/core_choice.h"

#include <doctest/doctest.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

using namespace slurmxx;

namespace {

using Sockets = std::vector<std::vector<std::uint32_t>>;
const Sockets all{{0, 1, 2, 3}, {4, 5, 6, 7}};

std::string cores(std::uint32_t count, std::uint32_t cpus_per_task, const char* distribution = "",
                  const Sockets& free = all) {
  CoreChoice how = core_choice_of(distribution, cpus_per_task);
  how.threads_per_unit = 2;
  return fmt::format("{}", fmt::join(choose_units(free, count, how), " "));
}

}  // namespace

TEST_CASE("cores: tasks of one CPU are spread over the sockets") {
  CHECK(cores(1, 1) == "0");
  CHECK(cores(3, 1) == "0 1 4");
  CHECK(cores(5, 1) == "0 1 2 4 5");
  CHECK(cores(3, 1, "*:fcyclic") == "0 1 4");
  CHECK(cores(8, 1) == "0 1 2 3 4 5 6 7");
  CHECK(cores(3, 1, "", {{1, 2, 3}, {5, 6, 7}}) == "1 2 5");
}

TEST_CASE("cores: a socket gets no more tasks than it may have, as long as the others have room") {
  CoreChoice how{SocketDeal::block, 2, 2};
  how.tasks_per_socket = 1;
  CHECK(choose_units(all, 2, how) == std::vector<std::uint32_t>{0, 4});
  CHECK(choose_units({{0, 1}, {}}, 2, how) == std::vector<std::uint32_t>{0, 1});
}

TEST_CASE("cores: block and planes keep to one socket") {
  CHECK(cores(3, 1, "*:block") == "0 1 2");
  CHECK(cores(4, 1, "plane=2") == "0 1 2 3");
  CHECK(cores(3, 1, "*:block", {{3}, {4, 5, 6}}) == "4 5 6");
  CHECK(cores(5, 1, "*:block") == "0 1 2 3 4");
}

TEST_CASE("cores: a task of several CPUs stays within a socket if it can") {
  CHECK(cores(4, 2) == "0 1 2 3");
  CHECK(cores(5, 2) == "0 1 2 3 4");
  CHECK(cores(6, 4) == "0 1 2 3 4 5");
  CHECK(cores(6, 6) == "0 1 2 4 5 6");
  CHECK(cores(5, 3) == "0 1 2 4 5");   // three tasks
  CHECK(cores(5, 5) == "0 1 2 4 5");   // two tasks
  CHECK(cores(5, 10) == "0 1 2 4 5");  // fits no socket
  CHECK(cores(3, 6) == "0 1 2");
  CHECK(cores(4, 4, "", {{1, 2, 3}, {5, 6, 7}}) == "1 2 5 6");
}

TEST_CASE("cores: of steps, tasks of several CPUs go to the sockets in turn") {
  CoreChoice how{SocketDeal::cyclic, 4, 2, true};
  CHECK(choose_units({{0, 1, 2, 3}, {4, 5, 6, 7}}, 4, how) == std::vector<std::uint32_t>{0, 1, 4, 5});
}
