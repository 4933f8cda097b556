// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/srun/options.h"

#include <doctest/doctest.h>

#include "commands/salloc/options.h"

using namespace slurmxx;

TEST_CASE("srun leaves its command's options alone") {
  SrunStart start = read_srun_options({"-N2", "-n4", "-l", "sh", "-c", "exit 7"}, {}, {});
  REQUIRE_FALSE(start.early);
  CHECK(start.options.terminal.label);
  CHECK(start.options.job.size.nodes == NodeCountRange{2, 2});
  CHECK(start.options.command == std::vector<std::string>{"sh", "-c", "exit 7"});
}

TEST_CASE("srun without a command is a fatal error, a bad option ends with 255") {
  SrunStart start = read_srun_options({}, {}, {});
  REQUIRE(start.early);
  CHECK(start.early->err == "srun: fatal: No command given to execute.\n");
  CHECK(start.early->exit_code == 1);
  start = read_srun_options({"--badopt", "true"}, {}, {});
  REQUIRE(start.early);
  CHECK(start.early->err == "srun: unrecognized option '--badopt'\nTry \"srun --help\" for more information\n");
  CHECK(start.early->exit_code == 255);
}

TEST_CASE("within a job srun joins it and does not take its name") {
  Environment environment{
      {"SLURM_JOB_ID", "12"}, {"SLURM_JOB_NAME", "batchjob"}, {"SLURM_NTASKS", "3"}, {"SLURM_NPROCS", "2"}};
  SrunStart start = read_srun_options({"true"}, environment, {});
  REQUIRE_FALSE(start.early);
  CHECK(start.options.step.jobid == "12");
  CHECK(start.options.job.naming.job_name.empty());
  CHECK(start.options.job.size.ntasks == 3);
  CHECK(read_srun_options({"-n5", "true"}, environment, {}).options.job.size.ntasks == 5);
  CHECK(read_srun_options({"true"}, {{"SLURM_JOB_NAME", "named"}}, {}).options.job.naming.job_name == "named");
}

TEST_CASE("a letter may mean another thing to another command") {
  CHECK(read_srun_options({"-W", "30", "true"}, {}, {}).options.terminal.wait == Seconds(30));
  CHECK(read_srun_options({"-K0", "true"}, {}, {}).options.terminal.kill_on_bad_exit == false);
  SallocStart start = read_salloc_options({"-K", "-I5", "sh", "-c", "exit 4"},
                                          {{"SALLOC_NO_SHELL", "1"}, {"SALLOC_PARTITION", "gpu"}}, {});
  REQUIRE_FALSE(start.early);
  CHECK(start.options.kill_command == 15);
  CHECK(start.options.job.timing.immediate == 5);
  CHECK(start.options.job.naming.partition == "gpu");
  CHECK(start.options.command.size() == 3);
  CHECK(read_salloc_options({"--array=1"}, {}, {}).early);
}
