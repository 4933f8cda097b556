// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The options of scrontab(1).
#pragma once

#include <string>
#include <vector>

#include "cli/options.h"

namespace slurmxx {

struct ScrontabOptions {
  bool edit = false;
  bool list = false;
  bool remove = false;
  std::string user;  // a name or a number; empty: the caller
  int verbose = 0;
  std::string file;  // to install; "-" is standard input
};

OptionSet scrontab_option_set(ScrontabOptions& options);
Parsed read_scrontab_options(const std::vector<std::string>& arguments, ScrontabOptions& options);

}  // namespace slurmxx
