// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// From the controller's order to what the launcher needs for one task: program, environment, files. The program is
// looked for in the PATH of the task's own environment; nothing is opened here.
#pragma once

#include <string>

#include "adapters/process/launcher.h"
#include "core/launch/task_environment.h"
#include "wire/step_messages.h"

namespace slurmxx {

struct TaskFacts {
  std::uint32_t local = 0;
  std::uint32_t id = 0;
  std::string host_name;    // short, for %N
  std::string site_prolog;  // TaskProlog of slurm.conf; empty: none
  std::string error_head;   // of lines about what went wrong before the program ran
};

// Its files are for the streams that have a pattern; the caller sets descriptors for the others.
Result<LaunchRequest> task_request(const LaunchStep& order, const StepPlace& place, const TaskFacts& task);

}  // namespace slurmxx
