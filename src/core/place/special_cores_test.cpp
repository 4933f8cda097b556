// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/place/special_cores.h"

#include <doctest/doctest.h>

#include "core/model/node.h"

namespace slurmxx {
namespace {

using Ids = std::vector<std::uint32_t>;

NodeShape shape(std::uint32_t sockets, std::uint32_t cores, std::uint32_t threads) {
  NodeShape made;
  made.sockets = sockets;
  made.cores_per_socket = cores;
  made.threads_per_core = threads;
  made.cpus = sockets * cores * threads;
  return made;
}

TEST_CASE("the last cores are left to the system, of one socket after the other") {
  CHECK(special_core_order(2, 4, false) == Ids{7, 3, 6, 2, 5, 1, 4, 0});
  CHECK(special_core_order(2, 4, true) == Ids{0, 4, 1, 5, 2, 6, 3, 7});
  CHECK(cpus_but_special(shape(2, 4, 1), {}, {1, {}}) == Ids{0, 1, 2, 3, 4, 5, 6});
  CHECK(cpus_but_special(shape(2, 4, 1), {}, {3, {}}) == Ids{0, 1, 2, 4, 5});
  CHECK(cpus_but_special(shape(2, 2, 2), {}, {1, {}}) == Ids{0, 1, 2, 3, 4, 5});
  CHECK(cpus_but_special(shape(2, 4, 1), {}, {8, {}}).empty());
}

TEST_CASE("threads are left one by one") {
  CHECK(cpus_but_special(shape(2, 2, 2), {}, {{}, 1}) == Ids{0, 1, 2, 3, 4, 5, 6});
  CHECK(cpus_but_special(shape(2, 2, 2), {}, {{}, 3}) == Ids{0, 1, 2, 4, 5});
}

TEST_CASE("what the node keeps for the system comes first") {
  CHECK(cpus_but_special(shape(2, 4, 1), {3, 7}, {0, {}}) == Ids{0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(cpus_but_special(shape(2, 4, 1), {3, 7}, {1, {}}) == Ids{0, 1, 2, 4, 5, 6, 7});
  CHECK(cpus_but_special(shape(2, 4, 1), {3, 7}, {2, {}}) == Ids{0, 1, 2, 4, 5, 6});
  CHECK(cpus_but_special(shape(2, 4, 1), {3, 7}, {3, {}}) == Ids{0, 1, 2, 4, 5});
}

}  // namespace
}  // namespace slurmxx
