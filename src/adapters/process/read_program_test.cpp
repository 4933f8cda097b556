// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/process/read_program.h"

#include <doctest/doctest.h>

using namespace slurmxx;

TEST_CASE("read_program gives what was printed, and says why not") {
  CHECK(read_program({"/bin/echo", "two words"}).value() == "two words\n");
  CHECK(read_program({"/bin/false"}).error().message == "/bin/false ended with wait status 256");
  CHECK(read_program({"/no/such"}).error().message == "cannot run /no/such: No such file or directory");
  const auto second = Limit<Seconds>::of(Seconds(1));
  CHECK(read_program({"/bin/echo", "in time"}, second).value() == "in time\n");
  CHECK(read_program({"/bin/sleep", "60"}, second).error().message == "/bin/sleep was killed after 1 s");
}
