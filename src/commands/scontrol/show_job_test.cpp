// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/scontrol/show_job.h"

#include <doctest/doctest.h>

using namespace slurmxx;

namespace {

JobSpec plain_spec() {
  JobSpec spec;
  spec.owner = {.uid = Uid(0), .gid = Gid(0), .user_name = "root", .group_name = "root"};
  spec.labels.name = "fromscript";
  spec.labels.account = "root";
  spec.labels.qos = "normal";
  spec.labels.submit_line = "sbatch job.sh";
  spec.labels.submit_host = "login1";
  spec.labels.submit_sid = 77;
  spec.launch.work_dir = "/work";
  spec.launch.command = "/work/job.sh";
  return spec;
}

JobView running_job() {
  JobSpec spec = plain_spec();
  spec.labels.comment = "hello world";
  spec.resources.tasks = 2;
  spec.resources.tasks_set = true;
  JobView view;
  view.job.id = JobId(3);
  view.job.state = JobState::running;
  view.job.times.submitted = Instant(0);
  view.job.times.eligible = Instant(0);
  view.job.times.started = Instant(60);
  view.job.times.limit_at = Instant(960);
  view.job.allocation = Allocation{"batch", {{NodeIndex(0), 2, MebiBytes(1000), {0, 1}}}, false};
  view.job.spec = std::make_shared<JobSpec>(spec);
  view.reason = "None";
  view.priority = 1515;
  view.partition = "batch";
  view.nodes = view.batch_host = "n1";
  view.requested_tres = view.allocated_tres = "cpu=2,mem=1000M,node=1,billing=2";
  view.node_count = 1;
  view.cpu_count = 2;
  view.time_limit = TimeLimit::of(Minutes(15));
  view.default_memory_per_cpu = MebiBytes(500);
  return view;
}

}  // namespace

TEST_CASE("a running batch job is shown line by line as scripts parse it") {
  CHECK(show_job_text(running_job(), {.now = Instant(65)}) == R"(JobId=3 JobName=fromscript
   UserId=root(0) GroupId=root(0) MCS_label=N/A
   Priority=1515 Nice=0 Account=root QOS=normal
   JobState=RUNNING Reason=None Dependency=(null)
   Requeue=1 Restarts=0 BatchFlag=1 Reboot=0 ExitCode=0:0
   RunTime=00:00:05 TimeLimit=00:15:00 TimeMin=N/A
   SubmitTime=1970-01-01T00:00:00 EligibleTime=1970-01-01T00:00:00
   AccrueTime=1970-01-01T00:00:00
   StartTime=1970-01-01T00:01:00 EndTime=1970-01-01T00:16:00 Deadline=N/A
   SuspendTime=None SecsPreSuspend=0 LastSchedEval=1970-01-01T00:01:00 Scheduler=Main
   Partition=batch AllocNode:Sid=login1:77
   ReqNodeList=(null) ExcNodeList=(null)
   NodeList=n1
   BatchHost=n1
   NumNodes=1 NumCPUs=2 NumTasks=2 CPUs/Task=1 ReqB:S:C:T=0:0:*:*
   ReqTRES=cpu=2,mem=1000M,node=1,billing=2
   AllocTRES=cpu=2,mem=1000M,node=1,billing=2
   Socks/Node=* NtasksPerN:B:S:C=0:0:*:* CoreSpec=*
   MinCPUsNode=1 MinMemoryCPU=500M MinTmpDiskNode=0
   Features=(null) DelayBoot=00:00:00
   OverSubscribe=NO Exclusive=NO Contiguous=0 Licenses=(null) LicensesAlloc=(null) Network=(null)
   Command=/work/job.sh
   SubmitLine=sbatch job.sh
   WorkDir=/work
   Comment=hello world
   StdErr=
   StdIn=/dev/null
   StdOut=/work/slurm-3.out

)");
}

TEST_CASE("--cpu-freq has a line of its own behind the files") {
  JobView view = running_job();
  JobSpec spec = plain_spec();
  spec.launch.cpu_freq = "low-high:performance";
  view.job.spec = std::make_shared<JobSpec>(spec);
  CHECK(show_job_text(view, {.now = Instant(65)})
            .ends_with("   StdOut=/work/slurm-3.out\n   CPU_min_freq=Low CPU_max_freq=High Governor=Performance\n\n"));
}

TEST_CASE("-d adds what is held on each node, and folds nodes that hold the same") {
  JobView view = running_job();
  view.nodes = "n[1-3]";
  view.job.allocation->shares.push_back({NodeIndex(1), 2, MebiBytes(1000), {0, 1}});
  view.job.allocation->shares.push_back({NodeIndex(2), 3, MebiBytes(1500), {0, 2, 3}});
  const std::string text = show_job_text(view, {.now = Instant(65), .details = true});
  CHECK(text.find("   DerivedExitCode=0:0\n") != std::string::npos);
  CHECK(text.find("     Nodes=n[1-2] CPU_IDs=0-1 Mem=1000 GRES=\n"
                  "     Nodes=n3 CPU_IDs=0,2-3 Mem=1500 GRES=\n") != std::string::npos);
}

TEST_CASE("a held job waits with its node range and no times; -o prints one line") {
  JobView view = running_job();
  JobSpec spec = plain_spec();
  spec.launch.command.clear();
  spec.resources.nodes_min = 2;
  spec.resources.nodes_max = 2;
  view.job.spec = std::make_shared<JobSpec>(spec);
  view.job.state = JobState::pending;
  view.job.times = {.submitted = Instant(0)};
  view.job.allocation.reset();
  view.nodes = view.batch_host = view.allocated_tres = "";
  view.node_count = 2;
  view.reason = "JobHeldUser";
  const std::string text = show_job_text(view, {.now = Instant(65), .one_line = true});
  CHECK(text.find(" StartTime=Unknown EndTime=Unknown Deadline=N/A ") != std::string::npos);
  CHECK(text.find(" NodeList= NumNodes=2-2 NumCPUs=2 NumTasks=2 ") != std::string::npos);
  CHECK(text.find(" AllocTRES=(null) ") != std::string::npos);
  CHECK(text.find(" Command=(null) ") != std::string::npos);
  CHECK(text.ends_with(" StdOut=/work/slurm-3.out\n"));
  CHECK(text.find('\n') == text.size() - 1);
}

TEST_CASE("a step is shown with its own nodes and share of the job") {
  JobView view = running_job();
  view.nodes = "n[1-2]";
  view.job.allocation->shares.push_back({NodeIndex(7), 2, MebiBytes(1000), {0, 1}});
  const Step step{.id = StepId{0},
                  .name = "hostname",
                  .tasks = 2,
                  .shares = {{NodeIndex(7), 2, MebiBytes(1000), {0, 1}}},
                  .started = Instant(61)};
  CHECK(show_step_text(view, step, {.now = Instant(65), .one_line = true})
            .starts_with("StepId=3.0 UserId=0 StartTime=1970-01-01T00:01:01 TimeLimit=UNLIMITED State=RUNNING "
                         "Partition=batch NodeList=n2 Nodes=1 CPUs=2 Tasks=2 Name=hostname "));
}
