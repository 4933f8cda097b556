// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/message.h"

#include <doctest/doctest.h>

using namespace slurmxx;

TEST_CASE("every line of a message carries the program's name") {
  std::string out;
  Messages messages("sbatch", [&](std::string_view text) { out += text; });
  messages.error("first\nsecond {}", 2);
  messages.fatal("No command given to execute.");
  messages.error(fail(Errc::invalid_job_id));
  CHECK(out ==
        "sbatch: error: first\nsbatch: error: second 2\nsbatch: fatal: No command given to execute.\n"
        "sbatch: error: Invalid job id specified\n");
}

TEST_CASE("verbosity decides what beside errors is said") {
  std::string out;
  Messages messages("salloc", [&](std::string_view text) { out += text; });
  messages.verbose("unheard");
  messages.info("Granted");
  messages.set_verbosity(0, true);
  messages.info("unheard");
  messages.error("heard");
  messages.set_verbosity(1, false);
  messages.verbose("Terminating job 2");
  messages.debug("unheard");
  CHECK(out == "salloc: Granted\nsalloc: error: heard\nsalloc: Terminating job 2\n");
}

TEST_CASE("colour marks errors alone and only where asked for") {
  std::string out;
  Messages messages(
      "srun", [&](std::string_view text) { out += text; }, true);
  messages.error("x");
  messages.info("y");
  CHECK(out == "srun: \033[31merror: \033[0mx\nsrun: y\n");
}
