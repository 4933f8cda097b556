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

struct SallocContext {
  SubmitContext submit;
  Environment environment;  // the caller's
  AllocationFacts facts;
  // Runs the arguments with that environment; its exit status (128 + signal). Error: it could not be started.
  std::function<Result<int>(const std::vector<std::string>&, const std::vector<std::string>&)> run_command;
};

// The exit status of salloc.
int run_salloc(ControllerClient& controller, SallocOptions options, const SallocContext& context,
               const Messages& messages);

}  // namespace slurmxx
