// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What sbatch reads in a batch script: whether it is one, and the options on its #SBATCH lines. Options end at the
// first line that is neither empty nor a comment. sbatch(1) rules; nothing here opens a file.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace slurmxx {

inline constexpr std::size_t batch_script_bytes_max = 4 * 1024 * 1024;

// Error: the lines to show when this cannot be run as a batch script (empty, no #!, DOS line ends, binary).
Status check_batch_script(std::string_view script);

// The words of all #SBATCH lines, in order. Quotes and backslashes hold words together, '#' before a word ends the
// line. `name` is for the error line.
Result<std::vector<std::string>> batch_script_options(std::string_view script, std::string_view name);

// The script that `sbatch --wrap COMMAND` submits.
std::string wrapped_script(std::string_view command);

}  // namespace slurmxx
