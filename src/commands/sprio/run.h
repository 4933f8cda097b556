// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/command_output.h"
#include "commands/sprio/options.h"

namespace slurmxx {

// Why one of two jobs stands above the other, factor by factor, and when that would cross.
Result<std::string> explain_priorities(const PrioritiesReply& reply, JobId one, JobId other);

int run_sprio(const SprioOptions& options, ControllerClient& controller, const Output& output);

}  // namespace slurmxx
