// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/options.h"

namespace slurmxx {

enum class SdiagOrder : std::uint8_t { by_count = 0, by_id = 1, by_time = 2, by_mean_time = 3 };

struct SdiagOptions {
  bool reset = false;
  SdiagOrder order = SdiagOrder::by_count;
  bool json = false;
  bool yaml = false;
  std::string clusters;
};

extern const CommandInfo sdiag_info;
OptionSet sdiag_option_set(SdiagOptions& options);
Parsed read_sdiag_options(const std::vector<std::string>& arguments, const Environment& environment,
                          SdiagOptions& options);

}  // namespace slurmxx
