// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/process/read_program.h"

#include <doctest/doctest.h>

using namespace slurmxx;

TEST_CASE("read_program gives what was printed, and says why not") {
  CHECK(read_program({"/bin/echo", "two words"}).value() == "two words\n");
  CHECK(read_program({"/bin/false"}).error().message == "/bin/false ended with wait status 256");
  CHECK(read_program({"/no/such"}).error().message == "cannot run /no/such: No such file or directory");
}

TEST_CASE("a program that does not end in time is killed with its children") {
  CHECK(read_program_within(Seconds(30), {"/bin/echo", "two words"}).value() == "two words\n");
  CHECK(read_program_within(Seconds(30), {"/bin/false"}).error().message == "/bin/false ended with wait status 256");
  const auto hung = read_program_within(Seconds(1), {"/bin/sh", "-c", "sleep 600 & sleep 600"});
  CHECK(hung.error().message == "/bin/sh had not ended after 1 s and was killed");
  const auto silent = read_program_within(Seconds(1), {"/bin/sh", "-c", "exec >/dev/null; sleep 600"});
  CHECK(silent.error().message == "/bin/sh had not ended after 1 s and was killed");
}
