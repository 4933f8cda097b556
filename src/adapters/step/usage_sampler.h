// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What the tasks of a step use, out of /proc: all processes below slurmstepd, which is a subreaper, each counted for
// the task that it descends from or whose session it is in. Sizes are the highest sums seen, but a task's highest
// resident set is known at its end as well. Times, faults and bytes contain those of children that were waited for, so
// what lives between two samples is in them.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <vector>

#include "core/model/usage.h"

namespace slurmxx {

struct TaskProcess {
  std::uint32_t task = 0;
  pid_t pid = 0;  // 0: the task has no process of its own, what else there is counts for it
};

class UsageSampler {
 public:
  // `spared`: processes of ours that are not the step's.
  void sample(std::span<const TaskProcess> tasks, std::span<const pid_t> spared);
  // It has ended and was not reaped yet. `used`: of waitid(2), with all that it waited for.
  void ended(const TaskProcess& task, const rusage& used);
  bool is_ended(pid_t pid) const { return over_.contains(pid); }
  StepUsage result(bool with_figures) const;

 private:
  struct Counters {
    std::uint64_t user_us = 0;
    std::uint64_t system_us = 0;
    std::uint64_t pages = 0;
    std::uint64_t read = 0;
    std::uint64_t written = 0;
    void add(const Counters& other);
    void raise_to(const Counters& other);
  };
  struct Process {
    pid_t parent = 0;
    pid_t session = 0;
    std::uint64_t memory = 0;
    std::uint64_t vmem = 0;
    Counters counters;
  };
  struct TaskUse {
    Counters finished;  // of the task's own process, when it is over
    Counters others;    // the highest sums of what is there besides
    std::uint64_t memory = 0;
    std::uint64_t vmem = 0;
  };
  static bool read_process(pid_t pid, Process& process);

  std::map<std::uint32_t, TaskUse> tasks_;
  std::map<pid_t, std::uint32_t> task_of_;  // sessions of tasks
  std::set<pid_t> over_;
};

}  // namespace slurmxx
