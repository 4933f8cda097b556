// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/command_output.h"
#include "commands/strigger/options.h"

namespace slurmxx {

int run_strigger(const StriggerOptions& options, ControllerClient& controller, const Output& output);

}  // namespace slurmxx
