// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The options of sstat(1).
#pragma once

#include <string>
#include <vector>

#include "cli/options.h"
#include "cli/ruled_table.h"

namespace slurmxx {

struct SstatOptions {
  std::string jobs;
  std::string format;
  bool all_steps = false;
  bool pids = false;
  bool header = true;
  bool list_fields = false;
  bool noconvert = false;
  int verbose = 0;
  TableForm form;
};

OptionSet sstat_option_set(SstatOptions& options);
Parsed read_sstat_options(const std::vector<std::string>& arguments, SstatOptions& options);

}  // namespace slurmxx
