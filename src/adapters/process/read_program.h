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

std::string read_to_end(int fd);

// arguments: an absolute path and what follows it. Error: it could not be started, did not end with status 0, or took
// longer than `time` and was killed.
Result<std::string> read_program(const std::vector<std::string>& arguments,
                                 Limit<Seconds> time = Limit<Seconds>::none());

}  // namespace slurmxx
