// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"

namespace slurmxx {

struct SinfoFilter {
  // An empty list fits nothing.
  std::optional<std::string> nodes;
  std::optional<std::string> partition;
  std::optional<std::string> states;
  bool all = false;
  bool hide = false;
  bool dead = false;
  bool responding = false;
  bool future = false;
};

struct SinfoOutput {
  std::string format;
  std::string format_names;
  std::string sort;
  bool header = true;
  bool exact = false;
  bool long_format = false;
  bool by_node = false;  // -N
  bool summarize = false;
  bool list_reasons = false;  // -R
  bool reservations = false;  // -T
  bool noconvert = false;
  std::optional<std::int64_t> iterate;
  bool json = false;
  bool yaml = false;
};

struct SinfoOptions {
  SinfoFilter filter;
  SinfoOutput output;
  std::string clusters;
  bool federation = false;
  bool local = false;
  int verbose = 0;
};

extern const CommandInfo sinfo_info;
OptionSet sinfo_option_set(SinfoOptions& options);
Parsed read_sinfo_options(const std::vector<std::string>& arguments, const Environment& environment,
                          SinfoOptions& options);

}  // namespace slurmxx
