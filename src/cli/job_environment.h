// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Which of the caller's variables a job or step takes along: --export and --export-file of sbatch(1) and srun(1).
// SLURM_* variables always go; a name alone takes the caller's value, NAME=value its own.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/options.h"

namespace slurmxx {

struct ExportedEnvironment {
  std::vector<std::string> variables;  // NAME=value, sorted by name
  bool load_login = false;             // NONE, or names without ALL: the node starts from the user's login environment
};

// `names`: ALL (or nothing), NONE, NIL (as NONE without the login environment), or a list that may hold ALL.
// A list or a keyword is handed on to steps as SLURM_EXPORT_ENV, as the recorded jobs show.
Result<ExportedEnvironment> exported_environment(const std::optional<std::string>& names, const Environment& caller);

// --export-file: NAME=value records, each ended by a zero byte.
Result<Environment> parse_environment_file(std::string_view content);

}  // namespace slurmxx
