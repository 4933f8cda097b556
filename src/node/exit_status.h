// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What a status of wait(2) means for a job: its exit code as `ExitCode=status:signal` shows it, and its end state.
// Who ended it outranks how it ended: out of memory, then the time limit, then the status itself.
#pragma once

#include <sys/wait.h>

#include "core/model/job.h"

namespace slurmxx {

struct EndFacts {
  bool out_of_memory = false;      // the kernel killed a process of the job for memory
  bool time_limit_struck = false;  // we ended it at its limit
};

struct JobEnd {
  JobState state = JobState::completed;
  ExitCode exit;

  bool operator==(const JobEnd&) const = default;
};

inline ExitCode exit_code_of(int wait_status) {
  if (WIFSIGNALED(wait_status)) return {0, static_cast<std::uint32_t>(WTERMSIG(wait_status))};
  return {static_cast<std::uint32_t>(WEXITSTATUS(wait_status)), 0};
}

// A batch script killed for memory shows 0:125, whatever its own status; one ended at its limit keeps its status.
inline JobEnd job_end_of(int wait_status, EndFacts facts) {
  constexpr std::uint32_t out_of_memory_signal = 125;
  const ExitCode exit = exit_code_of(wait_status);
  if (facts.out_of_memory) return {JobState::out_of_memory, {0, out_of_memory_signal}};
  if (facts.time_limit_struck) return {JobState::timeout, exit};
  return {exit == ExitCode{} ? JobState::completed : JobState::failed, exit};
}

}  // namespace slurmxx
