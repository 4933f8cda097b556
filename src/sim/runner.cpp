// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "sim/runner.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <new>

namespace slurmxx::sim {
namespace {

struct Run {
  RunOptions options;
  Report* report = nullptr;
};

Run start(const RunOptions& options) {
  void* shared = mmap(nullptr, sizeof(Report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  SLURMXX_CHECK(shared != MAP_FAILED);
  return {options, new (shared) Report};
}

Outcome finish(const Run& run, int status) {
  Outcome outcome{run.options.seed, run.report->violation, *run.report};
  if (!outcome.report.finished)
    outcome.violation = WIFSIGNALED(status)
                            ? fmt::format("the run died by signal {}: a SLURMXX_CHECK, see above", WTERMSIG(status))
                            : "the run ended early";
  munmap(run.report, sizeof(Report));
  return outcome;
}

pid_t fork_run(const Run& run) {
  std::fflush(stdout);
  const pid_t pid = fork();
  SLURMXX_CHECK(pid >= 0);
  if (pid > 0) return pid;
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  run_seed(run.options, *run.report);
  std::fflush(stdout);
  _exit(0);
}

}  // namespace

std::vector<std::string> Outcome::tail() const {
  std::vector<std::string> lines;
  const std::uint64_t first = report.lines > Report::lines_max ? report.lines - Report::lines_max : 0;
  for (std::uint64_t i = first; i < report.lines; ++i) lines.emplace_back(report.tail[i % Report::lines_max]);
  return lines;
}

void run_all(const std::function<std::optional<RunOptions>()>& next, const std::function<bool(const Outcome&)>& done,
             std::size_t at_once) {
  std::map<pid_t, Run> running;
  bool more = true;
  while (more || !running.empty()) {
    while (more && running.size() < at_once) {
      const std::optional<RunOptions> options = next();
      if (!options) {
        more = false;
        break;
      }
      const Run run = start(*options);
      running.emplace(fork_run(run), run);
    }
    if (running.empty()) return;
    int status = 0;
    const pid_t pid = wait(&status);
    const auto ended = running.find(pid);
    if (ended == running.end()) continue;
    const Run run = ended->second;
    running.erase(ended);
    if (!done(finish(run, status))) more = false;
  }
}

Outcome run_one(const RunOptions& options) {
  std::optional<RunOptions> todo = options;
  Outcome outcome;
  run_all([&] { return std::exchange(todo, std::nullopt); },
          [&](const Outcome& ended) {
            outcome = ended;
            return false;
          },
          1);
  return outcome;
}

}  // namespace slurmxx::sim
