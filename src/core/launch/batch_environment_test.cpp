// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The first test is a recorded job of one node; the others vary it.
#include <algorithm>

#include <doctest/doctest.h>

#include "core/launch/batch_environment.h"

using namespace slurmxx;

namespace {

struct Sample {
  JobSpec spec;
  Job job;
  ClusterFacts facts;
};

Sample recorded_job() {
  Sample s;
  s.spec.owner = {.uid = Uid(0), .gid = Gid(0), .user_name = "root"};
  s.spec.labels = {.name = "noexp", .account = "root", .qos = "normal", .submit_host = "login1"};
  s.spec.resources.memory_per_cpu = MebiBytes(500);
  s.spec.launch.work_dir = "/d/work";
  s.spec.launch.load_login_environment = true;
  s.job.id = JobId(35);
  s.job.times.started = Instant(1000);
  s.job.times.limit_at = Instant(4600);
  s.job.allocation = Allocation{"batch", {NodeShare{NodeIndex(0), 2, MebiBytes(1000), {}}}};
  s.facts = {"golden", "/d/etc/slurm.conf", {"n1"}, "sSLUID", "s0.s1.n1", "switch.switch.node"};
  return s;
}

std::vector<std::string> environment_of(Sample s, const std::vector<std::string>& brought) {
  s.job.spec = std::make_shared<const JobSpec>(s.spec);
  return batch_environment(s.job, s.facts, brought);
}

bool has(const std::vector<std::string>& environment, const std::string& variable) {
  return std::find(environment.begin(), environment.end(), variable) != environment.end();
}

Allocation nodes_with_cpus(std::vector<std::uint32_t> cpus) {
  Allocation allocation;
  for (std::uint32_t i = 0; i < cpus.size(); ++i) allocation.shares.push_back({NodeIndex(i), cpus[i], {}, {}});
  return allocation;
}

}  // namespace

TEST_CASE("batch environment: a job of one node sees what the recorded one saw") {
  std::vector<std::string> environment = environment_of(recorded_job(), {"SLURM_EXPORT_ENV=NONE"});
  std::erase_if(environment, [](const std::string& v) { return !v.starts_with("SLURM_"); });
  const std::vector<std::string> recorded{"SLURM_CLUSTER_NAME=golden",
                                          "SLURM_CONF=/d/etc/slurm.conf",
                                          "SLURM_CPUS_ON_NODE=2",
                                          "SLURM_EXPORT_ENV=NONE",
                                          "SLURM_GET_USER_ENV=1",
                                          "SLURM_GTIDS=0",
                                          "SLURM_JOBID=35",
                                          "SLURM_JOB_ACCOUNT=root",
                                          "SLURM_JOB_CPUS_PER_NODE=2",
                                          "SLURM_JOB_END_TIME=4600",
                                          "SLURM_JOB_EXCLUSIVE=NO",
                                          "SLURM_JOB_GID=0",
                                          "SLURM_JOB_ID=35",
                                          "SLURM_JOB_NAME=noexp",
                                          "SLURM_JOB_NODELIST=n1",
                                          "SLURM_JOB_NUM_NODES=1",
                                          "SLURM_JOB_OVERSUBSCRIBE=NO",
                                          "SLURM_JOB_PARTITION=batch",
                                          "SLURM_JOB_QOS=normal",
                                          "SLURM_JOB_SLUID=sSLUID",
                                          "SLURM_JOB_START_TIME=1000",
                                          "SLURM_JOB_UID=0",
                                          "SLURM_JOB_USER=root",
                                          "SLURM_LOCALID=0",
                                          "SLURM_MEM_PER_CPU=500",
                                          "SLURM_NNODES=1",
                                          "SLURM_NODEID=0",
                                          "SLURM_NODELIST=n1",
                                          "SLURM_OOM_KILL_STEP=0",
                                          "SLURM_PRIO_PROCESS=0",
                                          "SLURM_PROCID=0",
                                          "SLURM_RESTART_COUNT=0",
                                          "SLURM_STEPID=-5",
                                          "SLURM_STEP_ID=-5",
                                          "SLURM_SUBMIT_DIR=/d/work",
                                          "SLURM_SUBMIT_HOST=login1",
                                          "SLURM_TASKS_PER_NODE=2",
                                          "SLURM_TOPOLOGY_ADDR=s0.s1.n1",
                                          "SLURM_TOPOLOGY_ADDR_PATTERN=switch.switch.node"};
  CHECK(environment == recorded);
}

TEST_CASE("batch environment: the job's own facts win over what was brought, defaults do not") {
  const auto environment = environment_of(
      recorded_job(),
      {"SLURM_JOB_ID=1", "PATH=/bin:/x=y", "SLURM_SUBMIT_DIR=/elsewhere", "SLURM_PRIO_PROCESS=5", "bad"});
  CHECK(has(environment, "SLURM_JOB_ID=35"));
  CHECK_FALSE(has(environment, "SLURM_JOB_ID=1"));
  CHECK(has(environment, "PATH=/bin:/x=y"));
  CHECK(has(environment, "SLURM_SUBMIT_DIR=/elsewhere"));
  CHECK(has(environment, "SLURM_PRIO_PROCESS=5"));
  CHECK_FALSE(has(environment, "bad"));
}

TEST_CASE("batch environment: nodes and counts are folded, what was asked for appears") {
  Sample s = recorded_job();
  s.job.allocation = nodes_with_cpus({2, 2, 2, 1});
  s.facts.node_names = {"n1", "n2", "n3", "n7"};
  s.spec.resources.tasks = 7;
  s.spec.resources.tasks_set = true;
  s.spec.resources.cpus_per_task_set = true;
  s.spec.placement.sharing = Sharing::exclusive;
  const auto environment = environment_of(s, {});
  CHECK(has(environment, "SLURM_JOB_NODELIST=n[1-3,7]"));
  CHECK(has(environment, "SLURM_JOB_CPUS_PER_NODE=2(x3),1"));
  CHECK(has(environment, "SLURM_TASKS_PER_NODE=2(x3),1"));
  CHECK(has(environment, "SLURM_NTASKS=7"));
  CHECK(has(environment, "SLURM_NPROCS=7"));
  CHECK(has(environment, "SLURM_CPUS_PER_TASK=1"));
  CHECK(has(environment, "SLURM_JOB_EXCLUSIVE=YES"));
}

TEST_CASE("tasks per node: given per node, dealt round, or as many as the CPUs hold") {
  ResourceRequest request;
  CHECK(fold_counts(tasks_per_node(request, nodes_with_cpus({2, 4}))) == "2,4");
  request.tasks_set = true;
  request.tasks = 3;
  CHECK(fold_counts(tasks_per_node(request, nodes_with_cpus({2, 2}))) == "2,1");
  request.tasks = 6;
  CHECK(fold_counts(tasks_per_node(request, nodes_with_cpus({4, 2}))) == "4,2");
  request.tasks = 5;  // more than fit: --overcommit
  CHECK(fold_counts(tasks_per_node(request, nodes_with_cpus({1, 1}))) == "3,2");
  request.cpus_per_task = 2;
  request.tasks_per_node = 3;
  CHECK(fold_counts(tasks_per_node(request, nodes_with_cpus({8, 8}))) == "3(x2)");
}

TEST_CASE("batch environment: --ntasks-per-node makes the tasks of all nodes that the job got") {
  Sample s = recorded_job();
  s.spec.resources.tasks_per_node = 2;
  s.job.allocation = nodes_with_cpus({2, 2});
  s.facts.node_names = {"n1", "n2"};
  const auto environment = environment_of(s, {});
  CHECK(has(environment, "SLURM_NTASKS=4"));
  CHECK(has(environment, "SLURM_NPROCS=4"));
}
