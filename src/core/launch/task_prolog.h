// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What a TaskProlog's output asks for. srun(1), --task-prolog: "export NAME=value", "unset NAME", "print ...".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace slurmxx {

// Changes the task's environment (NAME=value) and gives the lines that the task shall print first. Other lines mean
// nothing.
std::string take_prolog_output(std::string_view output, std::vector<std::string>& environment);

}  // namespace slurmxx
