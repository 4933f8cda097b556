// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A real process, found by a job id that no job of this machine has.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "adapters/process/launcher.h"
#include "adapters/process/orphans.h"

using namespace slurmxx;

namespace {

const JobId unusual_job{4'000'000'000U + static_cast<std::uint32_t>(getpid() % 1'000'000)};

LaunchRequest waiting_script() {
  LaunchRequest request;
  request.uid = Uid(getuid());
  request.gid = Gid(getgid());
  request.arguments = {"/bin/sh", "-c", "kill -STOP $$"};
  request.environment = {"PATH=/usr/bin:/bin", "SLURM_JOB_ID=" + to_string(unusual_job)};
  request.work_dir = "/";
  request.files = {"/dev/null", "/dev/null", "/dev/null"};
  return request;
}

}  // namespace

TEST_CASE("orphans: a job's processes are found by job, owner and start time, and signalled") {
  const auto launched = launch_process(waiting_script());
  REQUIRE(launched.ok());
  int status = 0;  // in the middle of its exec a process has no environment to read: wait until it has stopped itself
  REQUIRE(waitpid(launched->pid(), &status, WUNTRACED) == launched->pid());
  REQUIRE(WIFSTOPPED(status));
  const std::vector<FoundProcess> ours{{launched->pid(), launched->start_time()}};
  CHECK(find_job_processes({.job = unusual_job, .owner = Uid(getuid())}) == ours);
  CHECK(find_job_processes({.job = unusual_job}) == ours);
  CHECK(find_job_processes({.job = unusual_job, .owner = Uid(getuid() + 1)}).empty());
  CHECK(find_job_processes({.job = unusual_job, .started_from = launched->start_time() + 1}).empty());
  // A prefix of the id is another job.
  CHECK(find_job_processes({.job = JobId(unusual_job.value / 10)}).empty());

  CHECK_FALSE(signal_process({launched->pid(), launched->start_time() + 1}, SIGKILL).value());
  CHECK(signal_process(ours[0], SIGKILL).value());
  REQUIRE(waitpid(launched->pid(), &status, 0) == launched->pid());
  CHECK(WTERMSIG(status) == SIGKILL);
  CHECK_FALSE(signal_process(ours[0], SIGTERM).value());
  CHECK(find_job_processes({.job = unusual_job}).empty());
}

TEST_CASE("orphans: a task of a later component is its own job's, not the leader's that it is told of") {
  const JobId component(unusual_job.value + 1);
  LaunchRequest request = waiting_script();
  request.environment.insert(request.environment.begin(), "SLURMXX_JOB_ID=" + to_string(component));
  const auto launched = launch_process(request);
  REQUIRE(launched.ok());
  int status = 0;
  REQUIRE(waitpid(launched->pid(), &status, WUNTRACED) == launched->pid());
  CHECK(find_job_processes({.job = unusual_job}).empty());
  CHECK(find_job_processes({.job = component}).size() == 1);
  CHECK(kill(launched->pid(), SIGKILL) == 0);
  REQUIRE(waitpid(launched->pid(), &status, 0) == launched->pid());
}
