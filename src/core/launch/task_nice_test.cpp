// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/launch/task_nice.h"

#include <doctest/doctest.h>

#include <vector>

using namespace slurmxx;

TEST_CASE("PropagatePrioProcess: nobody but root is less nice than the daemon") {
  const std::vector<std::string> five{"A=b", "SLURM_PRIO_PROCESS=5"}, minus{"SLURM_PRIO_PROCESS=-5"}, none;
  CHECK_FALSE(task_nice({0, 0, false}, five));
  CHECK(task_nice({1, 0, false}, five) == 5);
  CHECK(task_nice({1, 0, false}, minus) == 0);
  CHECK(task_nice({1, 0, true}, minus) == -5);
  CHECK(task_nice({1, 7, false}, five) == 7);
  CHECK(task_nice({2, 0, true}, none) == 1);
  CHECK(task_nice({2, 19, false}, five) == 19);
  CHECK(task_nice({2, 3, false}, five) == 5);
}
