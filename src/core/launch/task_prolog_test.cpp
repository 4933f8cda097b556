// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/launch/task_prolog.h"

#include <doctest/doctest.h>

using namespace slurmxx;

TEST_CASE("TaskProlog: export, unset and print are obeyed, all else is not") {
  std::vector<std::string> environment{"A=1", "AB=2", "C=3"};
  const std::string printed = take_prolog_output(
      "export A=x y=z\nunset C\nprint hello  world\nnoise\nexport broken\nprint\nexport N=\nunset AB", environment);
  CHECK(printed == "hello  world\n");
  CHECK(environment == std::vector<std::string>{"A=x y=z", "N="});
}
