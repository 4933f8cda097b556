// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"

namespace slurmxx {

struct SbcastOptions {
  std::optional<std::string> compress;  // "" for the default library
  std::optional<std::string> exclude;
  std::optional<bool> send_libs;
  std::optional<std::size_t> block_bytes;
  std::string jobid;  // job[.step]
  std::int64_t fanout = 0;
  std::int64_t timeout = 0;  // seconds; 0: MessageTimeout
  int verbose = 0;
  bool force = false;
  bool preserve = false;
  std::vector<std::string> warnings;
  std::string source;
  std::string destination;
};

extern const CommandInfo sbcast_info;
OptionSet sbcast_option_set(SbcastOptions& options);
Parsed read_sbcast_options(const std::vector<std::string>& arguments, const Environment& environment,
                           SbcastOptions& options);

}  // namespace slurmxx
