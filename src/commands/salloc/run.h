// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// salloc: an allocation, a command or shell in it, and the allocation given back when that ends. salloc(1).
#pragma once

#include <functional>

#include "cli/job_request.h"
#include "commands/salloc/options.h"
#include "commands/srun/allocation.h"

namespace slurmxx {

struct AllocatedCommand {
  JobId job;
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
  std::optional<int> kill_signal;  // --kill-command: to the command when the allocation is revoked; 0: the usual one
};
struct CommandEnd {
  int status = 0;        // 128 + signal
  bool revoked = false;  // the allocation ended first, which has been told
};

struct SallocContext {
  SubmitContext submit;
  Environment environment;  // the caller's
  AllocationFacts facts;
  std::vector<std::string> interactive_step;  // srun and its options, in place of a shell here; empty: a shell here
  // Error: it could not be started.
  std::function<Result<CommandEnd>(const AllocatedCommand&)> run_command;
};

// InteractiveStepOptions as the arguments of srun: words by blanks, quotes and $NAME as a shell has them.
std::vector<std::string> interactive_arguments(const std::string& options, const Environment& environment);

// The exit status of salloc.
int run_salloc(ControllerClient& controller, SallocStart start, const SallocContext& context, const Messages& messages);

}  // namespace slurmxx
