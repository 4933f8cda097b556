// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A step from its request to its end: srun's own files, programs before and after it, the program sent ahead.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "commands/srun/run.h"

namespace slurmxx {

struct StepToRun {
  std::vector<StepRequest> requests;  // one, or one a component of a heterogeneous job
  std::optional<StepReply> made;      // along with its allocation
  StepClientPorts ports;
};

// The exit status of srun. `parts`: the options of each request; the first ones say what concerns srun itself.
int run_step(ControllerClient& controller, std::span<const SrunOptions> parts, const SrunContext& context,
             StepToRun what);

}  // namespace slurmxx
