// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// srun --bcast: the program, and with --send-libs its libraries, go to the nodes of the step before its tasks start,
// and run from there. Existing copies are replaced; nothing is removed afterwards. srun(1).
#pragma once

#include <string>
#include <vector>

#include "cli/controller_client.h"
#include "cli/options.h"
#include "commands/sbcast/broadcast.h"
#include "commands/srun/options.h"

namespace slurmxx {

struct BcastSite {
  BcastParameters parameters;
  std::string exclude;  // BcastExclude
  Seconds message_timeout{10};
};

struct ProgramCopy {
  bool wanted = false;
  std::string executable;  // as StepCommand::executable
  bool with_libraries = false;
  BroadcastOptions how;
  std::string source;
  std::vector<std::string> excluded;
};

// Whether there is such a program where srun was called: by its path, or in PATH.
bool can_execute(const std::string& program, const Environment& environment);

// `work_dir`: of the tasks. Error: the line to print.
Result<ProgramCopy> program_copy(const SrunOptions& options, const BcastSite& site, const Environment& environment,
                                 const std::string& work_dir);

// To the nodes of the step that was just made. False: why not was told.
bool send_program(ControllerClient& controller, const ProgramCopy& copy, const StepKey& step, BroadcastPorts ports);

}  // namespace slurmxx
