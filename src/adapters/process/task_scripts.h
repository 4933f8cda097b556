// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// TaskProlog and TaskEpilog: programs around each task, as its user. slurm.conf(5), srun(1).
#pragma once

#include <poll.h>

#include <optional>
#include <string>
#include <vector>

#include "adapters/process/launcher.h"

namespace slurmxx {

// In the process that is to become the task: blocks. Their output changes `environment` and prints lines
// (core/launch/task_prolog.h). When one fails this process tells it and ends.
void run_task_prologs(const std::vector<TaskScript>& scripts, std::vector<std::string>& environment,
                      const std::string& error_head);

// After the task's end, one after the other, in the step's poll(2) loop. What they print on standard error goes where
// the task's went; standard output goes nowhere.
class TaskEpilogs {
 public:
  // `task`: what was launched. `error_fd`: -1: the task's file.
  TaskEpilogs(std::vector<TaskScript> scripts, const LaunchRequest& task, int error_fd);

  void collect(std::vector<pollfd>& fds) const;
  bool done();  // starts the next when one has ended
  std::optional<pid_t> leader() const;

 private:
  std::vector<TaskScript> scripts_;
  LaunchRequest request_;
  std::size_t next_ = 0;
  std::optional<LaunchedProcess> running_;
};

}  // namespace slurmxx
