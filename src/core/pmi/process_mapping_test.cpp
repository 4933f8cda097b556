// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "core/pmi/process_mapping.h"

using namespace slurmxx;

namespace {
using Numbers = std::vector<std::uint32_t>;
}

TEST_CASE("ranks fold into blocks of nodes") {
  CHECK(process_mapping(Numbers{0, 1, 2, 3}) == "(vector,(0,4,1))");
  CHECK(process_mapping(Numbers{0, 0, 1, 1, 2}) == "(vector,(0,2,2),(2,1,1))");
  CHECK(process_mapping(Numbers{0, 1, 0, 1}) == "(vector,(0,2,1),(0,2,1))");
  CHECK(process_mapping(Numbers{1, 0}) == "(vector,(1,1,1),(0,1,1))");
}

TEST_CASE("a layout tells each rank's node") {
  CHECK(node_of_rank(Numbers{2, 1}, Numbers{0, 2, 1}) == Numbers{0, 1, 0});
  CHECK(node_of_rank(Numbers{2}, Numbers{0}).empty());
  CHECK(node_of_rank(Numbers{1}, Numbers{7}).empty());
}
