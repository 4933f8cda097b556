// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/request/batch_script.h"

#include <doctest/doctest.h>

using namespace slurmxx;

namespace {
std::vector<std::string> options_of(std::string_view script) {
  auto options = batch_script_options(script, "job.sh");
  REQUIRE(options);
  return *options;
}
}  // namespace

TEST_CASE("options stand on #SBATCH lines, quotes hold words together") {
  CHECK(
      options_of(
          "#!/bin/sh\n#SBATCH -J two -n 4\n\n# remark\n#SBATCH --comment=\"hello world\" # why\n#SBATCH -o a\\ b\n") ==
      std::vector<std::string>{"-J", "two", "-n", "4", "--comment=hello world", "-o", "a b"});
}

TEST_CASE("lines behind the first command are the shell's") {
  CHECK(options_of("#!/bin/sh\n#SBATCH -n2\nhostname\n#SBATCH -n4\n") == std::vector<std::string>{"-n2"});
}

TEST_CASE("what only looks like an option line is a comment") {
  CHECK(options_of("#!/bin/sh\n##SBATCH -n2\n#SBATCHES\n# SBATCH -n3\n #SBATCH -n4\n").empty());
}

TEST_CASE("a quote without its end names the line") {
  auto options = batch_script_options("#!/bin/sh\n#SBATCH --comment=\"hello\n", "job.sh");
  REQUIRE_FALSE(options);
  CHECK(options.error().message.starts_with("job.sh: line 2: "));
}

TEST_CASE("a batch script is text that starts with #! and has UNIX line ends") {
  CHECK(check_batch_script("#!/bin/sh\ntrue\n"));
  CHECK(check_batch_script("").error().message == "Batch script is empty!");
  CHECK(check_batch_script("true\n").error().message.starts_with(
      "This does not look like a batch script.  The first\nline must"));
  CHECK_FALSE(check_batch_script("#!/bin/sh\r\ntrue\r\n"));
  CHECK_FALSE(check_batch_script(std::string_view("#!/bin/sh\0", 10)));
  CHECK_FALSE(check_batch_script(" \n\n"));
  CHECK(check_batch_script(wrapped_script("true")));
}

TEST_CASE("a script that is too long is refused with the limit") {
  const std::string script = "#!/bin/sh\n" + std::string(batch_script_bytes_max, 'x');
  const Status status = check_batch_script(script);
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().message == "Batch script is 4194314 bytes long: 4194304 are the most");
}
