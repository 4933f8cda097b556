// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A program that does not begin before its process has been noted: whoever dies in between leaves none behind that
// nobody knows of. A session of its own, default signals and none blocked, /dev/null to read from.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace slurmxx {

// `output`: standard output and error; -1: as ours. `note` is told of the process before the program begins. Error: why
// it did not begin.
Result<pid_t> run_noted(const std::string& program, const std::vector<std::string>& environment, int output,
                        const std::function<void(pid_t)>& note);

}  // namespace slurmxx
