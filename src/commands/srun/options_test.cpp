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

TEST_CASE("--accel-bind takes its letters alone, --wait-for-children nothing") {
  CHECK(read_srun_options({"--accel-bind=gv", "true"}, {}, {}).options.step.accel_bind == "gv");
  const SrunStart bad = read_srun_options({"--accel-bind=zzz", "true"}, {}, {});
  REQUIRE(bad.early);
  CHECK(bad.early->err == "srun: error: Invalid --accel-bind specification\n");
  CHECK(read_srun_options({"--wait-for-children", "true"}, {}, {}).options.terminal.wait_for_children);
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

TEST_CASE("parts of srun go to one component after the other, or where --het-group says") {
  const auto groups = [](const std::vector<std::string>& arguments) {
    std::vector<std::uint32_t> found;
    for (const SrunOptions& part : read_srun_options(arguments, {}, {}).parts) found.push_back(part.step.group.value());
    return found;
  };
  using Groups = std::vector<std::uint32_t>;
  CHECK(groups({"a", ":", "b", ":", "c"}) == Groups{0, 1, 2});
  CHECK(groups({"--het-group=2,0", "a"}) == Groups{0, 2});
  CHECK(groups({"--het-group=1", "a", ":", "--het-group=0", "b"}) == Groups{0, 1});
  CHECK_FALSE(read_srun_options({"a"}, {}, {}).parts.front().step.group);
  const SrunStart twice = read_srun_options({"--het-group=0", "a", ":", "--het-group=0-1", "b"}, {}, {});
  REQUIRE(twice.early);
  CHECK(twice.early->err == "srun: fatal: Duplicate het groups in single srun not supported\n");
  REQUIRE(read_srun_options({"--het-group=x", "a"}, {}, {}).early);
}

TEST_CASE("a part of srun without a program has the next one's, and sizes of its own") {
  const SrunStart start = read_srun_options({"-l", "-n2", ":", "-n1", "-c2", "hostname", "-s"}, {}, {});
  REQUIRE_FALSE(start.early);
  REQUIRE(start.parts.size() == 2);
  CHECK(start.parts[0].command == std::vector<std::string>{"hostname", "-s"});
  CHECK(start.parts[0].command == start.parts[1].command);
  CHECK((start.parts[0].job.size.ntasks == 2 && !start.parts[0].job.size.cpus_per_task));
  CHECK((start.parts[1].job.size.ntasks == 1 && start.parts[1].job.size.cpus_per_task == 2));
  CHECK(start.parts[1].terminal.label);
  CHECK(read_srun_options({"a", ":", "-n2"}, {}, {}).early);
}

TEST_CASE("salloc parts its components before its command only") {
  const SallocStart start = read_salloc_options({"-n1", "-t5", ":", "-n2", "srun", "a", ":", "b"}, {}, {});
  REQUIRE_FALSE(start.early);
  REQUIRE(start.components.size() == 1);
  CHECK((start.options.job.size.ntasks == 1 && start.components[0].size.ntasks == 2));
  CHECK(start.components[0].timing.time == start.options.job.timing.time);
  CHECK(start.options.command == std::vector<std::string>{"srun", "a", ":", "b"});
}
