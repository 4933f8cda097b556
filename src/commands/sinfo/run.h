// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sinfo after its options are read: asks once, filters, groups nodes that look alike, sorts and prints. --iterate is a
// loop of main() around it.
#pragma once

#include "cli/command_output.h"
#include "commands/sinfo/options.h"

namespace slurmxx {

int run_sinfo(const SinfoOptions& options, ControllerClient& controller, const Output& output);

}  // namespace slurmxx
