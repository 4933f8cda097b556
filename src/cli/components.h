// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A lone ":" on a command line parts the components of a heterogeneous job.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/job_options.h"

namespace slurmxx {

// Of a command that knows one component alone: never taken for a program or an argument.
inline std::optional<EarlyExit> refuse_components(const CommandInfo& info, const std::vector<std::string>& operands) {
  if (std::find(operands.begin(), operands.end(), ":") == operands.end()) return std::nullopt;
  const auto text = fmt::format("{0}: error: heterogeneous jobs and steps (':') are not supported by {0}\n", info.name);
  return EarlyExit{"", text, 1};
}

}  // namespace slurmxx
