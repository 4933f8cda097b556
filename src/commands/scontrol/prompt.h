// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// scontrol without a command: reads commands, one a line, until exit, quit or the end of the input. Some words change
// how the rest is shown (oneliner, details, quiet ...), `!!` repeats the line before. scontrol(1).
#pragma once

#include "cli/prompt_line.h"
#include "commands/scontrol/run.h"

namespace slurmxx {

// 0, or 1 if a command of any line failed.
int run_prompt(ScontrolOptions options, ControllerClient& controller, Output& output, const ReadLine& read_line);

}  // namespace slurmxx
