// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// squeue after its options are read: asks once, filters, sorts and prints. --iterate is a loop of main() around it.
#pragma once

#include "cli/command_output.h"
#include "commands/squeue/options.h"

namespace slurmxx {

int run_squeue(const SqueueOptions& options, ControllerClient& controller, const Output& output);

}  // namespace slurmxx
