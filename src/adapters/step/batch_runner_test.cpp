// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Real scripts as the present user, in a folder of their own under /tmp.
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

#include "adapters/step/batch_runner.h"

using namespace slurmxx;

namespace {

constexpr std::int64_t patience_ms = 60'000;

StepTime now() {
  using namespace std::chrono;
  return {Instant{}, duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count()};
}

JobId job() { return JobId(1'800'000'000 + static_cast<std::uint32_t>(getpid()) % 1'000'000); }

class Script {
 public:
  explicit Script(const std::string& text) {
    std::string name = "/tmp/slurmxx-batch-XXXXXX";
    folder_ = mkdtemp(name.data());
    LaunchRequest request;
    request.uid = Uid(getuid());
    request.gid = Gid(getgid());
    request.arguments = {"/bin/sh", "-c", text};
    request.environment = {"PATH=/usr/bin:/bin", "SLURM_JOB_ID=" + to_string(job()), "SLURM_STEP_ID=-5"};
    request.work_dir = folder_;
    request.files = {folder_ + "/out", folder_ + "/out", "/dev/null"};
    auto started = BatchRunner::start(request, job(), BatchSite{"n1", ""});
    REQUIRE(started.ok());
    runner.emplace(std::move(*started));
  }
  ~Script() { std::filesystem::remove_all(folder_); }
  std::string output() const {
    std::ifstream file(folder_ + "/out");
    return {std::istreambuf_iterator<char>(file), {}};
  }
  template <class Condition>
  void turn_until(Condition condition) {
    const auto end = now().monotonic_ms + patience_ms;
    while (!condition()) {
      std::vector<pollfd> fds;
      runner->collect(fds);
      poll(fds.data(), fds.size(), 5);
      runner->serve(now());
      REQUIRE(now().monotonic_ms < end);
    }
  }
  ExitCode run() {
    turn_until([&] { return runner->result().has_value(); });
    return *runner->result();
  }
  void await(const std::string& text) {
    turn_until([&] { return output().find(text) != std::string::npos; });
  }

  std::optional<BatchRunner> runner;

 private:
  std::string folder_;
};

}  // namespace

TEST_CASE("batch: the script's exit code is the step's, and what it left behind is killed") {
  Script script("setsid sleep 1000 & sleep 1000 & exit 3");
  CHECK(script.run() == ExitCode{3, 0});
  CHECK(find_job_processes({.job = job()}).empty());
}

TEST_CASE("batch: the end is told in the job's errors and comes with SIGTERM") {
  Script script("trap 'echo asked; exit 0' TERM; echo ready; while :; do sleep 1000 & wait; done");
  script.await("ready\n");
  script.runner->end({"[now] error: ", "CANCELLED AT 2026-11-23T10:00:00 DUE TO TIME LIMIT"}, patience_ms, now());
  CHECK(script.run() == ExitCode{});
  const std::string line =
      "[now] error: *** JOB " + to_string(job()) + " ON n1 CANCELLED AT 2026-11-23T10:00:00 DUE TO TIME LIMIT ***\n";
  CHECK(script.output().find(line) != std::string::npos);
  CHECK(script.output().find("asked\n") != std::string::npos);
}

TEST_CASE("batch: who ignores SIGTERM is killed when the time is over") {
  Script script("trap '' TERM; echo ready; while :; do sleep 1000; done");
  script.await("ready\n");
  script.runner->end({}, 0, now());
  CHECK(script.run() == ExitCode{0, SIGKILL});
}

TEST_CASE("batch: a signal for the shell alone leaves its children in peace") {
  Script script(
      "trap 'echo shell' USR1; sh -c 'trap \"echo child\" USR1; echo ready; exec sleep 1000' & wait; kill $!; wait; "
      "exit 5");
  script.await("ready\n");
  script.runner->signal(SIGUSR1, true);
  CHECK(script.run() == ExitCode{5, 0});
  CHECK(script.output().find("shell\n") != std::string::npos);
  CHECK(script.output().find("child\n") == std::string::npos);
}

TEST_CASE("what a script and those that it waited for used is known when it is over") {
  Script script("/bin/sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done'; exit 0");
  script.turn_until([&] {
    script.runner->sample();
    return script.runner->result().has_value();
  });
  script.runner->sample();
  const StepUsage usage = script.runner->usage().result(true);
  CHECK(usage.tasks == 1);
  CHECK(usage.user_us > 10'000);
  CHECK(usage.of(UsageKind::cpu).total == (usage.user_us + usage.system_us) / 1000);
  CHECK(usage.of(UsageKind::memory).max > 100'000);
  CHECK(usage.of(UsageKind::vmem).max >= usage.of(UsageKind::memory).max);
  const StepUsage times = script.runner->usage().result(false);
  CHECK(times.tasks == 0);
  CHECK(times.user_us == usage.user_us);
}
