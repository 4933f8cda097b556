// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "cli/options.h"
#include "core/model/job_name.h"

namespace slurmxx {

struct SattachOptions {
  std::optional<std::int64_t> input_filter;
  std::optional<std::int64_t> output_filter;
  std::optional<std::int64_t> error_filter;
  bool label = false;
  bool layout = false;
  bool pty = false;
  bool quiet = false;
  int verbose = 0;
  JobName job;
  StepId step;
};

extern const CommandInfo sattach_info;
OptionSet sattach_option_set(SattachOptions& options);
Parsed read_sattach_options(const std::vector<std::string>& arguments, const Environment& environment,
                            SattachOptions& options);

}  // namespace slurmxx
