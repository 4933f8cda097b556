// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/options.h"
#include "cli/ruled_table.h"

namespace slurmxx {

struct SshareOptions {
  bool all = false;
  std::string accounts;  // lists as given
  std::string users;
  bool users_only = false;
  bool partitions = false;
  bool long_format = false;
  bool list_fields = false;
  bool header = true;
  std::string format;
  TableForm form;
  std::string clusters;
  int verbose = 0;
  bool json = false;
  bool yaml = false;
  bool explain = false;
  std::vector<std::string> compared;  // the two of --explain
};

OptionSet sshare_option_set(SshareOptions& options);
Parsed read_sshare_options(const std::vector<std::string>& arguments, const Environment& environment,
                           SshareOptions& options);

}  // namespace slurmxx
