// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/scancel/options.h"

#include <doctest/doctest.h>

#include "commands/scontrol/options.h"
#include "commands/sinfo/options.h"

using namespace slurmxx;

TEST_CASE("scancel wants jobs or a filter") {
  ScancelOptions options;
  Parsed parsed = read_scancel_options({}, {}, options);
  REQUIRE(parsed.early);
  CHECK(parsed.early->err == "scancel: error: No job identification provided\n");
  CHECK_FALSE(read_scancel_options({"--me"}, {}, options).early);
  options = {};
  CHECK_FALSE(read_scancel_options({"5_[4-6]", "-s", "USR1", "7.0"}, {}, options).early);
  CHECK(options.jobs == std::vector<std::string>{"5_[4-6]", "7.0"});
  CHECK(options.signal == 10);
  CHECK(read_scancel_options({"-s", "NOPE", "7"}, {}, options).early);
  CHECK(read_scancel_options({"-t", "GONE"}, {}, options).early);
}

TEST_CASE("scontrol keeps its command's words in order") {
  ScontrolOptions options;
  CHECK_FALSE(read_scontrol_options({"-o", "show", "job", "11"}, {{"SCONTROL_ALL", ""}}, options).early);
  CHECK(options.oneliner);
  CHECK(options.all);
  CHECK(options.words == std::vector<std::string>{"show", "job", "11"});
}

TEST_CASE("sinfo's --iterate wants seconds") {
  SinfoOptions options;
  Parsed parsed = read_sinfo_options({"-i", "x"}, {}, options);
  REQUIRE(parsed.early);
  CHECK(parsed.early->err == "sinfo: error: Error: invalid entry for --iterate=x\n");
  CHECK(parsed.early->exit_code == 1);
  options = {};
  CHECK_FALSE(read_sinfo_options({"-h", "-N", "-o", "%N %T", "-n", "n2"}, {}, options).early);
  CHECK_FALSE(options.output.header);
  CHECK(options.output.by_node);
  CHECK(options.filter.nodes == "n2");
}
