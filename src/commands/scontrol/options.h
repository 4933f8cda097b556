// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/options.h"

namespace slurmxx {

struct ScontrolOptions {
  std::vector<std::string> words;  // the command and its arguments
  std::string clusters;
  std::string uid;
  int verbose = 0;
  bool all = false;
  bool hide = false;
  bool details = false;
  bool future = false;
  bool oneliner = false;
  bool quiet = false;
  bool federation = false;
  bool local = false;
  bool sibling = false;
  bool expand_patterns = false;
  bool json = false;
  bool yaml = false;
};

extern const CommandInfo scontrol_info;
OptionSet scontrol_option_set(ScontrolOptions& options);
Parsed read_scontrol_options(const std::vector<std::string>& arguments, const Environment& environment,
                             ScontrolOptions& options);

}  // namespace slurmxx
