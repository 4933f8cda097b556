// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Lines of the commands that have a prompt of their own: scontrol and sacctmgr.
#pragma once

#include <optional>
#include <string>

namespace slurmxx {

// The next line of standard input; none: its end. A line that no terminal echoes is shown, so that the output reads as
// a transcript.
std::optional<std::string> read_prompt_line();

}  // namespace slurmxx
