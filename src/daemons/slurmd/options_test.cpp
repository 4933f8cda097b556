// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include <getopt.h>

#include <vector>

#include <doctest/doctest.h>

#include "daemons/slurmd/options.h"

using namespace slurmxx;

namespace {

Result<SlurmdAsked> read(std::vector<std::string> words) {
  words.insert(words.begin(), "slurmd");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  optind = 0;  // begin anew
  return read_slurmd_options(static_cast<int>(words.size()), arguments.data());
}

}  // namespace

TEST_CASE("slurmd options: letters of the manual are taken, together and apart") {
  const auto asked =
      read({"-Dbcvv", "-N", "n7", "-f/x/slurm.conf", "-L", "/x/log", "-n5", "-d", "/x/slurmstepd", "-M"});
  REQUIRE(asked.ok());
  const SlurmdOptions& options = asked->options;
  CHECK((options.foreground && options.rebooted && options.clean && options.lock_memory));
  CHECK(options.verbosity == 2);
  CHECK(options.node_name == "n7");
  CHECK(options.conf == "/x/slurm.conf");
  CHECK(options.log_file == "/x/log");
  CHECK(options.stepd_path == "/x/slurmstepd");
  CHECK(options.nice == 5);
  CHECK(asked->task == SlurmdTask::serve);
  CHECK(read({"-C"})->task == SlurmdTask::print_hardware);
  CHECK(read({"-G", "-N", "n1"})->task == SlurmdTask::print_gres);
}

TEST_CASE("slurmd options: dynamic nodes") {
  const auto norm = read({"-Z", "--conf", "CPUs=4 Feature=f1", "-N", "d1"});
  REQUIRE(norm.ok());
  CHECK(norm->options.dynamic);
  CHECK(norm->options.dynamic_keys == "CPUs=4 Feature=f1");
  CHECK(read({"-F"})->options.future == "");
  CHECK(read({"-Fbig"})->options.future == "big");
}

TEST_CASE("slurmd options: what is wrong, or not in this version, is named in the first line") {
  CHECK(read({"-N"}).error().message.starts_with("-N needs a value\n"));
  CHECK(read({"--bogus"}).error().message.starts_with("--bogus: no such option\n"));
  CHECK(read({"n1"}).error().message.starts_with("n1: no argument is wanted here\n"));
  CHECK(read({"--conf-server", "h"}).error().message ==
        "--conf-server: configurations from slurmctld are not in this version");
  CHECK(read({"-Z", "-F"}).error().message == "-Z and -F: only one of them may be given");
  CHECK(read({"--conf", "CPUs=4"}).error().message == "--conf: it says what the node of -Z is: add -Z");
  CHECK(read({"-V"})->options.print->starts_with("slurm 25.11"));
}
