// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"

namespace slurmxx {

struct SprioOptions {
  std::optional<std::string> jobs;  // lists as given
  std::optional<std::string> partitions;
  std::optional<std::string> users;
  std::string format;
  std::string sort;
  bool header = true;
  bool long_format = false;
  bool normalized = false;
  bool weights = false;
  std::string clusters;
  bool federation = false;
  bool local = false;
  bool sibling = false;
  int verbose = 0;
  bool why = false;  // `jobs` are the two
};

extern const CommandInfo sprio_info;
OptionSet sprio_option_set(SprioOptions& options);
Parsed read_sprio_options(const std::vector<std::string>& arguments, const Environment& environment,
                          SprioOptions& options);

}  // namespace slurmxx
