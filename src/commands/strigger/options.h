// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The options of strigger(1).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"
#include "core/trigger/trigger_event.h"

namespace slurmxx {

struct StriggerOptions {
  bool set = false;
  bool get = false;
  bool clear = false;
  std::vector<TriggerEvent> events;
  std::optional<std::string> node;  // empty: all
  std::optional<std::string> job;
  std::optional<std::int64_t> id;
  std::optional<std::string> user;
  std::int64_t offset = 0;
  std::string program;
  std::string flags;
  bool header = true;
  bool quiet = false;
  int verbose = 0;
  std::string clusters;
};

OptionSet strigger_option_set(StriggerOptions& options);
Parsed read_strigger_options(const std::vector<std::string>& arguments, StriggerOptions& options);

}  // namespace slurmxx
