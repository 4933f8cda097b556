// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The options of seff.
#pragma once

#include <string>
#include <vector>

#include "cli/options.h"

namespace slurmxx {

struct SeffOptions {
  bool raw = false;  // -d
  std::string job;
};

OptionSet seff_option_set(SeffOptions& options);
Parsed read_seff_options(const std::vector<std::string>& arguments, SeffOptions& options);

}  // namespace slurmxx
