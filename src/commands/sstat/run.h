// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sstat after its options are read: slurmctld asks the nodes of each step, and the answers are printed.
#pragma once

#include "cli/command_output.h"
#include "commands/sstat/options.h"

namespace slurmxx {

int run_sstat(const SstatOptions& options, ControllerClient& controller, const Output& output);

}  // namespace slurmxx
