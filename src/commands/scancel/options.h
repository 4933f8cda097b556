// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/options.h"

namespace slurmxx {

struct ScancelFilter {
  std::string account;
  std::string name;
  std::string nodelist;
  std::string partition;
  std::string qos;
  std::string reservation;
  std::string state;
  std::string user;
  std::string wckey;
  bool me = false;

  bool any() const;  // a filter stands in for job ids
};

struct ScancelOptions {
  ScancelFilter filter;
  std::vector<std::string> jobs;  // job[_task][.step] as given
  int signal = 0;                 // 0: cancel
  bool batch = false;
  bool full = false;
  bool hurry = false;
  bool interactive = false;
  bool through_controller = false;  // --ctld
  bool cron = false;
  bool quiet = false;
  int verbose = 0;
  std::string sibling;
  std::string clusters;
  std::string admin_comment;
};

extern const CommandInfo scancel_info;
OptionSet scancel_option_set(ScancelOptions& options);
Parsed read_scancel_options(const std::vector<std::string>& arguments, const Environment& environment,
                            ScancelOptions& options);

}  // namespace slurmxx
