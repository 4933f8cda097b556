// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <doctest/doctest.h>

#include "core/launch/task_environment.h"

using namespace slurmxx;

namespace {

// Three tasks on two nodes, dealt in turn: 0 and 2 on n1, 1 on n2.
StepPlace two_nodes(std::uint32_t rank) {
  StepPlace place;
  place.job = JobId(5);
  place.step = StepId{3};
  place.nodes = {"n1", "n2"};
  place.task_count = {2, 1};
  place.task_ids = {0, 2, 1};
  place.node_rank = rank;
  place.cpus_on_node = 4;
  return place;
}

bool has(const std::vector<std::string>& environment, const std::string& variable) {
  return std::count(environment.begin(), environment.end(), variable) == 1;
}

}  // namespace

TEST_CASE("task environment: a task knows its global, local and node number, and the step's extent") {
  const std::vector<std::string> brought = {"HOME=/home/a", "SLURM_NTASKS=99", "ENVIRONMENT=BATCH"};
  const auto environment = task_environment(two_nodes(0), 1, brought);
  for (const char* variable :
       {"HOME=/home/a", "SLURM_PROCID=2", "SLURM_LOCALID=1", "SLURM_NODEID=0", "SLURM_GTIDS=0,2", "SLURM_NTASKS=3",
        "SLURM_NPROCS=3", "SLURM_NNODES=2", "SLURM_STEP_ID=3", "SLURM_STEPID=3", "SLURM_STEP_NODELIST=n[1-2]",
        "SLURM_STEP_NUM_NODES=2", "SLURM_STEP_NUM_TASKS=3", "SLURM_STEP_TASKS_PER_NODE=2,1", "SLURMD_NODENAME=n1",
        "SLURM_JOB_ID=5", "SLURM_CPUS_ON_NODE=4"})
    CHECK_MESSAGE(has(environment, variable), variable);
  CHECK_FALSE(has(environment, "ENVIRONMENT=BATCH"));
  CHECK(has(task_environment(two_nodes(1), 0, brought), "SLURM_PROCID=1"));
}

TEST_CASE("task environment: who launched it, and how it is bound") {
  StepPlace place = two_nodes(0);
  place.owner = {.uid = Uid(7), .gid = Gid(8), .user_name = "ann", .group_name = "staff"};
  place.launch_address = "10.0.0.1";
  place.launch_port = 4242;
  place.asked.distribution = "plane=2";
  place.asked.threads_per_core = 1;
  place.cpu_binding = CpuBinding{"MASK", "mask_cpu:", "0x1,0x2", false, {}};
  place.mem_binding = MemBinding{{MemBindKind::local, {}, true, true, false}, "LOC", "local", "", {}};
  const auto environment = task_environment(place, 0, {});
  for (const char* variable : {"SLURM_JOB_UID=7",
                               "SLURM_JOB_GID=8",
                               "SLURM_JOB_USER=ann",
                               "SLURM_JOB_GROUP=staff",
                               "SLURM_UMASK=0022",
                               "TMPDIR=/tmp",
                               "SLURM_LAUNCH_NODE_IPADDR=10.0.0.1",
                               "SLURM_SRUN_COMM_HOST=10.0.0.1",
                               "SLURM_SRUN_COMM_PORT=4242",
                               "SLURM_STEP_LAUNCHER_PORT=4242",
                               "SLURM_DISTRIBUTION=plane",
                               "SLURM_DIST_PLANESIZE=2",
                               "SLURM_THREADS_PER_CORE=1",
                               "SLURM_CPU_BIND=quiet,mask_cpu:0x1,0x2",
                               "SLURM_CPU_BIND_TYPE=mask_cpu:",
                               "SLURM_CPU_BIND_LIST=0x1,0x2",
                               "SLURM_CPU_BIND_VERBOSE=quiet",
                               "SLURM_MEM_BIND=verbose,prefer,local",
                               "SLURM_MEM_BIND_TYPE=local",
                               "SLURM_MEM_BIND_LIST=",
                               "SLURM_MEM_BIND_PREFER=prefer",
                               "SLURM_MEM_BIND_VERBOSE=verbose",
                               "SLURM_MEM_BIND_SORT="})
    CHECK_MESSAGE(has(environment, variable), variable);
}

TEST_CASE("task environment: a cluster that binds nothing sets no variable of binding") {
  for (const std::string& variable : task_environment(two_nodes(0), 0, {}))
    CHECK_FALSE_MESSAGE(variable.find("_BIND") != std::string::npos, variable);
}

TEST_CASE("task environment: a layout whose lists do not fit gives no tasks") {
  StepPlace place = two_nodes(1);
  place.task_ids.pop_back();
  CHECK(tasks_of_node(place).empty());
  place = two_nodes(2);
  CHECK(tasks_of_node(place).empty());
}
