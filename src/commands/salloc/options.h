// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/job_options.h"

namespace slurmxx {

struct SallocOptions {
  JobOptions job;
  std::vector<std::string> command;  // empty: the user's shell
  std::optional<int> kill_command;   // -K: signal for the command when the allocation ends
  bool bell = false;
  bool no_bell = false;
  bool no_shell = false;
};

struct SallocStart {
  SallocOptions options;
  std::vector<JobOptions> components;  // of a heterogeneous job, behind `options`, which are component 0's
  std::optional<EarlyExit> early;
};

extern const CommandInfo salloc_info;
OptionSet salloc_option_set(SallocOptions& options);
// `options.job.now` and `.zone` come in with `defaults`.
SallocStart read_salloc_options(const std::vector<std::string>& arguments, const Environment& environment,
                                SallocOptions defaults);

}  // namespace slurmxx
