// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include <getopt.h>

#include <vector>

#include <doctest/doctest.h>

#include "daemons/slurmctld/options.h"

using namespace slurmxx;

namespace {

Result<SlurmctldOptions> read(std::vector<std::string> words) {
  words.insert(words.begin(), "slurmctld");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  optind = 0;  // begin anew
  return read_slurmctld_options(static_cast<int>(words.size()), arguments.data());
}

}  // namespace

TEST_CASE("slurmctld options: letters of the manual are taken, together and apart") {
  const auto asked = read({"-Dcvv", "-f", "/x/slurm.conf", "-L/x/log", "-n", "-5", "-s", "-R"});
  REQUIRE(asked.ok());
  const SlurmctldOptions& options = *asked;
  CHECK((options.foreground && options.clean && options.to_log_folder));
  CHECK(options.verbosity == 2);
  CHECK(options.conf == "/x/slurm.conf");
  CHECK(options.log_file == "/x/log");
  CHECK(options.nice == -5);
  CHECK(!asked->print);
}

TEST_CASE("slurmctld options: what is wrong is named in the first line") {
  CHECK(read({"-f"}).error().message.starts_with("-f needs a value\n"));
  CHECK(read({"-Dqc"}).error().message.starts_with("-q: no such option\n"));
  CHECK(read({"--quick"}).error().message.starts_with("--quick: no such option\n"));
  CHECK(read({"-q"}).error().message.starts_with("-q: no such option\n"));
  CHECK(read({"-n", "99"}).error().message == "-n 99: a nice value is from -20 to 19");
  CHECK(read({"node1"}).error().message.starts_with("node1: no argument is wanted here\n"));
  CHECK(read({"--version"})->print->starts_with("slurm 25.11"));
}
