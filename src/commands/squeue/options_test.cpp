// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/squeue/options.h"

#include <doctest/doctest.h>

using namespace slurmxx;

namespace {
SqueueOptions read(const std::vector<std::string>& arguments, const Environment& environment = {}) {
  SqueueOptions options;
  Parsed parsed = read_squeue_options(arguments, environment, options);
  CHECK_FALSE(parsed.early);
  return options;
}
}  // namespace

TEST_CASE("squeue takes a job list apart from its letter") {
  CHECK(read({"-j", "6,7", "-h"}).filter.jobs == "6,7");
  CHECK(read({"-h", "-j6"}).filter.jobs == "6");
  CHECK(read({"--jobs=5"}).filter.jobs == "5");
  SqueueOptions all = read({"-j"});
  CHECK(all.filter.jobs_given);
  CHECK(all.filter.jobs.empty());
  CHECK(read({"-s", "-o", "%i"}).filter.steps_given);
}

TEST_CASE("squeue's format on the command line is stronger than the environment's") {
  Environment environment{{"SQUEUE_FORMAT2", "JobID"}, {"SQUEUE_SORT", "i"}};
  SqueueOptions options = read({"-o", "%i", "-S", "-i"}, environment);
  CHECK(options.output.format == "%i");
  CHECK(options.output.format_names.empty());
  CHECK(options.output.sort == "-i");
  CHECK(read({}, environment).output.format_names == "JobID");
}

TEST_CASE("SQUEUE_FORMAT is stronger than SQUEUE_FORMAT2, and -o and -O exclude each other") {
  const Environment environment{{"SQUEUE_FORMAT", "%i"}, {"SQUEUE_FORMAT2", "JobID"}};
  CHECK(read({}, environment).output.format == "%i");
  CHECK(read({}, environment).output.format_names.empty());
  CHECK(read({"-O", "Name"}, environment).output.format.empty());
  CHECK(read({"-O", "Name"}, environment).output.format_names == "Name");
  SqueueOptions options;
  const Parsed parsed = read_squeue_options({"-o", "%i", "-O", "Name"}, {}, options);
  REQUIRE(parsed.early);
  CHECK(parsed.early->err == "squeue: error: -O (--Format) is incompatible with -o (--format)\n");
  CHECK(parsed.early->exit_code == 1);
}

TEST_CASE("squeue refuses what it does not know with 1") {
  SqueueOptions options;
  Parsed parsed = read_squeue_options({"--badoption"}, {}, options);
  REQUIRE(parsed.early);
  CHECK(parsed.early->exit_code == 1);
  CHECK(parsed.early->err == "squeue: unrecognized option '--badoption'\nTry \"squeue --help\" for more information\n");
  CHECK(read_squeue_options({"nonsense"}, {}, options).early);
  CHECK(read_squeue_options({"-i", "x"}, {}, options).early->err == "squeue: error: --iterate=x\n");
}

TEST_CASE("squeue --usage wraps at 80 columns") {
  SqueueOptions options;
  Parsed parsed = read_squeue_options({"--usage"}, {}, options);
  REQUIRE(parsed.early);
  CHECK(parsed.early->out.starts_with(
      "Usage: squeue [-A account] [--clusters names] [-i seconds] [--job jobid]\n"
      "              [-n name] [-o format] [--only-job-state] [-p partitions]\n"
      "              [--qos qos] [--reservation reservation] [--sort fields] [--start]\n"));
  CHECK(parsed.early->out.ends_with("              [--running-over=time] [--running-under=time] [-ahjlrsv]\n"));
}
