// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// TaskProlog and TaskEpilog: programs around each task, as its user. slurm.conf(5), srun(1).
#pragma once

#include <poll.h>
#include <signal.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/process/launcher.h"

namespace slurmxx {

// In the process that is to become the task: blocks. Their output changes `environment` and prints lines
// (core/launch/task_prolog.h). When one fails this process tells it and ends.
void run_task_prologs(const std::vector<TaskScript>& scripts, std::vector<std::string>& environment,
                      const std::string& error_head);

inline constexpr std::int64_t usual_task_epilog_ms = 5000;  // without EpilogTimeout

struct EpilogTerms {
  int error_fd = -1;         // -1: the task's file
  std::int64_t time_ms = 0;  // for each
};

// After the task's end, one after the other, in the step's poll(2) loop. What they print on standard error goes where
// the task's went; standard output goes nowhere. One that is over its time is killed.
class TaskEpilogs {
 public:
  // `task`: what was launched.
  TaskEpilogs(std::vector<TaskScript> scripts, const LaunchRequest& task, EpilogTerms terms);

  void collect(std::vector<pollfd>& fds) const;
  bool done(std::int64_t now_ms);  // starts the next when one has ended
  std::optional<std::int64_t> wake_at_ms() const { return running_ ? kill_at_ms_ : std::nullopt; }
  // "TaskEpilog failed status=3", for those that failed since the last call.
  std::vector<std::string> take_failures() { return std::exchange(failures_, {}); }
  std::optional<pid_t> leader() const;

 private:
  void note_end(const siginfo_t& info);
  void start_next(std::int64_t now_ms);

  std::vector<TaskScript> scripts_;
  LaunchRequest request_;
  std::size_t next_ = 0;
  std::int64_t time_ms_;
  std::optional<LaunchedProcess> running_;
  std::optional<std::int64_t> kill_at_ms_;  // of the running one
  bool timed_out_ = false;
  std::vector<std::string> failures_;
};

}  // namespace slurmxx
