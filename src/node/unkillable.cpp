// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "node/unkillable.h"

#include <algorithm>

#include <fmt/format.h>

namespace slurmxx {

std::string survivors_text(const std::vector<Survivor>& survivors) {
  constexpr std::size_t named_max = 3;  // a reason is read in a column
  std::string text;
  for (std::size_t i = 0; i < std::min(survivors.size(), named_max); ++i) {
    const Survivor& one = survivors[i];
    text += fmt::format("{}pid {} ({}) in state {}", i > 0 ? ", " : "", one.pid, one.program, one.state);
    if (!one.where.empty()) text += " at " + one.where;
  }
  if (survivors.size() > named_max) text += fmt::format(", and {} more", survivors.size() - named_max);
  return text;
}

std::string fault_of(const StepKey& step, const StepEnd& end) {
  if (end.survivors.empty()) return "";
  return fmt::format("Kill task failed: {}.{}: {}", step.job.value, to_string(step.step),
                     survivors_text(end.survivors));
}

}  // namespace slurmxx
