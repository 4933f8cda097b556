// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// srun --het-group and srun with ':': one application over components of a heterogeneous job, in the one it is called
// in or in one of its own, which it gives back.
#pragma once

#include <vector>

#include "commands/srun/run.h"

namespace slurmxx {

// The exit status of srun. `parts`: as SrunStart has them, each with its group. Error: the line to print.
Result<int> run_components(ControllerClient& controller, std::vector<SrunOptions> parts, const SrunContext& context,
                           StepClientPorts ports);

}  // namespace slurmxx
