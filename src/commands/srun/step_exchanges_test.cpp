// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "commands/srun/step_exchanges.h"

using namespace slurmxx;

TEST_CASE("an exchange is complete with the last node's part, in the order of the nodes") {
  StepExchanges exchanges({"n1", "n2", "n3"});
  CHECK(!exchanges.add(2, {"f", "c", {}}).value());
  CHECK(!exchanges.add(0, {"f", "a", {}}).value());
  const auto complete = exchanges.add(1, {"f", "b", {}}).value();
  REQUIRE(complete);
  CHECK(complete->all.parts == std::vector<std::string>{"a", "b", "c"});
  CHECK(complete->nodes == std::vector<std::uint32_t>{0, 1, 2});
  CHECK(!exchanges.add(0, {"f", "again", {}}).value());
}

TEST_CASE("some of the nodes exchange among themselves") {
  StepExchanges exchanges({"n1", "n2", "n3"});
  CHECK(!exchanges.add(2, {"some", "c", {0, 2}}).value());
  CHECK(exchanges.add(1, {"some", "b", {0, 2}}).error().message ==
        "MPI: n2 and other nodes disagree about exchange some");
  CHECK(exchanges.add(0, {"some", "a", {0, 2}}).value()->nodes == std::vector<std::uint32_t>{0, 2});
  CHECK(!exchanges.add(0, {"far", "a", {0, 7}}).ok());
}

TEST_CASE("who waits for a node that has gone is told") {
  StepExchanges exchanges({"n1", "n2"});
  CHECK(!exchanges.add(0, {"f", "a", {}}).value());
  CHECK(exchanges.left(1).error().message == "MPI: n2 has left the step, and other nodes wait for it");
  StepExchanges later({"n1", "n2"});
  CHECK(later.left(1).ok());
  CHECK(later.add(0, {"f", "a", {}}).error().message == "MPI: n2 has left the step, and other nodes wait for it");
}

TEST_CASE("an exchange has a size") {
  StepExchanges exchanges({"n1", "n2"});
  CHECK(!exchanges.add(0, {"f", std::string(step_exchange_bytes_max, 'a'), {}}).value());
  CHECK(exchanges.add(1, {"f", "b", {}}).error().message == "MPI: the tasks exchange more than 16 MiB at once");
}
