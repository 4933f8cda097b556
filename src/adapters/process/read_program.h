// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Runs a program to its end and takes what it printed on its standard output. Blocks; for short programs of the system.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace slurmxx {

// arguments: an absolute path and what follows it. Error: it could not be started, or did not end with status 0.
std::string read_to_end(int fd);
Result<std::string> read_program(const std::vector<std::string>& arguments);
// In a session of its own, and killed with all of it when it has not ended by then.
Result<std::string> read_program_within(Seconds limit, const std::vector<std::string>& arguments);

}  // namespace slurmxx
