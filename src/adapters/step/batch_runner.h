// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The batch script of a job on its first node: started, signalled, ended after the time it is given, and its end seen
// through a pidfd. What it leaves behind in the step is killed.
#pragma once

#include <poll.h>

#include <optional>
#include <string>
#include <vector>

#include "adapters/process/launcher.h"
#include "adapters/process/orphans.h"
#include "adapters/process/task_scripts.h"
#include "adapters/step/runner.h"

namespace slurmxx {

struct BatchSite {
  std::string node_name;
  std::string task_epilog;  // of slurm.conf; empty: none
  const TimeZone* zone = &utc();
  std::int64_t task_epilog_ms = usual_task_epilog_ms;
};

class BatchRunner final : public Runner {
 public:
  // `request`: the script, its files and its user. Error: nothing was started.
  static Result<BatchRunner> start(LaunchRequest request, JobId job, BatchSite site);

  pid_t pid() const { return process_.pid(); }
  void signal(int signal, bool shell_only) override;
  void tell(const std::string& line, StepTime now) override;
  void end(const EndWords& words, std::int64_t kill_wait_ms, StepTime now) override;

  void collect(std::vector<pollfd>& fds) const override;
  std::optional<std::int64_t> wake_at_ms() const override;
  void serve(StepTime now) override;
  std::optional<ExitCode> result() const override { return result_; }  // of the script
  bool killed() const override { return killed_; }
  void abandon(StepTime now) override;
  std::vector<TaskProcess> tasks() const override { return {{0, process_.pid()}}; }

 private:
  BatchRunner(LaunchRequest request, JobId job, BatchSite site, LaunchedProcess process)
      : request_(std::move(request)), job_(job), site_(std::move(site)), process_(std::move(process)) {}
  void look_for_end();
  bool serve_epilogs(StepTime now);
  OrphanFilter filter() const;

  LaunchRequest request_;
  JobId job_;
  BatchSite site_;
  LaunchedProcess process_;
  std::optional<ExitCode> exit_;  // of the script; its epilog may still run
  std::optional<TaskEpilogs> epilogs_;
  std::optional<std::int64_t> kill_at_ms_;
  std::optional<std::int64_t> look_at_ms_;  // for what SIGKILL has not ended
  bool killed_ = false;
  bool told_ = false;
  std::optional<ExitCode> result_;
};

}  // namespace slurmxx
