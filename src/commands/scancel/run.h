// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// scancel: ends or signals the jobs and steps that were named or that the filters pick. One request a job; the exit
// status is the last refusal's. scancel(1).
#pragma once

#include "cli/command_output.h"
#include "cli/message.h"
#include "commands/scancel/options.h"

namespace slurmxx {

int run_scancel(const ScancelOptions& options, ControllerClient& controller, const Output& output,
                const Messages& messages);

}  // namespace slurmxx
