// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/launch/script_environment.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace slurmxx;

namespace {

Job example() {
  JobSpec spec;
  spec.labels.name = "fluid";
  spec.labels.account = "water";
  spec.owner.user_name = "ann";
  spec.owner.group_name = "lab";
  spec.launch.work_dir = "/home/ann";
  Job job;
  job.id = JobId(7);
  job.spec = std::make_shared<const JobSpec>(spec);
  job.allocation = Allocation{"main", {{NodeIndex(0), 4, {}, {}}, {NodeIndex(1), 2, {}, {}}}, false};
  job.times.started = Instant(100);
  job.exit = {3, 0};
  job.exit_of_steps = {0, 9};
  return job;
}

bool has(const std::vector<std::string>& environment, const std::string& entry) {
  return std::find(environment.begin(), environment.end(), entry) != environment.end();
}

}  // namespace

TEST_CASE("script environment: a node's epilog knows the job, its place in it and how it ended") {
  const auto v = site_script_environment(example(), {"epilog_slurmd", "c", "/s.conf", "n2", {"n1", "n2"}, true});
  for (const char* entry :
       {"SLURM_JOB_ID=7", "SLURM_JOB_NAME=fluid", "SLURM_JOB_ACCOUNT=water", "SLURM_JOB_NODELIST=n[1-2]",
        "SLURM_NODELIST=n[1-2]", "SLURM_JOB_NTASKS=1", "SLURM_JOB_CPUS_PER_NODE=4,2", "SLURM_CPUS_ON_NODE=2",
        "SLURM_NODEID=1", "SLURMD_NODENAME=n2", "SLURM_SCRIPT_CONTEXT=epilog_slurmd",
        "SLURM_JOB_STDOUT=/home/ann/slurm-7.out", "SLURM_JOB_EXIT_CODE=768", "SLURM_JOB_EXIT_CODE2=3:0",
        "SLURM_JOB_DERIVED_EC=9", "SLURM_JOB_START_TIME=100"})
    CHECK_MESSAGE(has(v, entry), entry);
}

TEST_CASE("script environment: a prolog knows no exit code, the controller's no node") {
  const auto v = site_script_environment(example(), {"prolog_slurmctld", "c", "", "", {"n1", "n2"}, false});
  for (const std::string& entry : v)
    for (const char* name : {"SLURM_JOB_EXIT_CODE", "SLURMD_NODENAME=", "SLURM_CONF=", "SLURM_NODEID="})
      CHECK_FALSE(entry.starts_with(name));
}
