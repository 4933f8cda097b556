// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What srun says when tasks end badly, and the status it ends with: srun(1), RETURN VALUE. Text alone.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/model/job.h"

namespace slurmxx {

// The highest status of the tasks; 128 and the signal's number for a task that a signal ended.
int exit_status_of(ExitCode exit);

// What a signal did counts more than any exit code.
class TaskEnds {
 public:
  // `once`: successive lines about one kind of end are one line (SLURM_SRUN_REDUCE_TASK_EXIT_MSG).
  explicit TaskEnds(bool once = false) : once_(once) {}
  void add(const std::string& node, std::uint32_t task, ExitCode exit);
  // Lines without prefix for those added since the last call: "n1: tasks 2-3: Exited with exit code 1".
  std::vector<std::string> lines();

  int exit_status() const { return exit_status_; }
  bool any_failed() const { return exit_status_ != 0; }
  bool any_signalled() const { return any_signalled_; }

 private:
  struct Group {
    std::string node;
    ExitCode exit;
    std::vector<std::uint32_t> tasks;
  };
  bool once_;
  std::optional<ExitCode> told_;
  std::vector<Group> groups_;
  int exit_status_ = 0;
  bool any_signalled_ = false;
};

// {2,3,5}: "tasks 2-3,5"; {4}: "task 4".
std::string tasks_text(std::vector<std::uint32_t> tasks);

}  // namespace slurmxx
