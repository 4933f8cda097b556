// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/launch/multi_prog.h"

#include <doctest/doctest.h>

using namespace slurmxx;
using Words = std::vector<std::string>;

namespace {

std::string refusal(std::string_view text, std::uint32_t tasks) {
  return parse_multi_prog(text, "m", tasks).error().message;
}

}  // namespace

TEST_CASE("multi-prog: ranges, the rest, comments, lines that go on, quotes, %t and %o") {
  const auto programs =
      parse_multi_prog("# all\n\n2-3,5 echo %t:%o 'two words'\n0\tsh -c \\\n 'exit %t'\n* true\n", "m", 6);
  REQUIRE(programs.ok());
  CHECK(arguments_of_task(*programs, 5) == Words{"echo", "5:2", "two words"});
  CHECK(arguments_of_task(*programs, 0) == Words{"sh", "-c", "exit 0"});
  CHECK(arguments_of_task(*programs, 1) == Words{"true"});
  CHECK(arguments_of_task(*programs, 4) == Words{"true"});
  CHECK(arguments_of_task(*programs, 6).empty());
}

TEST_CASE("multi-prog: the range of a star is that of all tasks") {
  const auto programs = parse_multi_prog("1,3 a %o\n* b %o%o\n", "m", 4);
  REQUIRE(programs.ok());
  CHECK(arguments_of_task(*programs, 3) == Words{"a", "1"});
  CHECK(arguments_of_task(*programs, 2) == Words{"b", "22"});
}

TEST_CASE("multi-prog: what is wrong is named with its line") {
  CHECK(refusal("0 a\n2 b\n", 3) == "Configuration file m invalid, no record for task id 1");
  CHECK(refusal("0-1\n", 2) == "Line 1 of configuration file m invalid");
  CHECK(refusal("\nx echo\n", 2) == "Invalid task range specification (x)\nLine 2 of configuration file m invalid");
  CHECK(refusal("0,1 a\n1 b\n", 2) == "Duplicate record for task 1\nLine 2 of configuration file m invalid");
  CHECK(refusal("0 a\n1 b 'c d\n", 2) == "Quote ' without its end\nLine 2 of configuration file m invalid");
  CHECK(refusal("0-5 a\n", 2) == "Invalid task id, 2 >= ntasks\nLine 1 of configuration file m invalid");
}
