// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sacct -c: the lines that jobcomp/filetxt or jobcomp/jsonlines has written, a job each. The same filters choose as of
// accounted jobs, but for those about what no line tells (features, reasons); without -S and -E all of the file is
// looked through.
#pragma once

#include <string_view>

#include "cli/command_output.h"
#include "commands/sacct/options.h"

namespace slurmxx {

int print_completions(std::string_view lines, const SacctOptions& options, const Output& output);

}  // namespace slurmxx
