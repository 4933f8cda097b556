// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Each seed in a process of its own, some at a time: a failed SLURMXX_CHECK is a finding like any other.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/world.h"

namespace slurmxx::sim {

struct Outcome {
  std::uint64_t seed = 0;
  std::string violation;  // empty: none
  Report report;
  std::vector<std::string> tail() const;  // of the trace
};

// Runs what `next` gives until it gives no more; `done` gets each outcome in the order in which they end and says
// whether to go on.
void run_all(const std::function<std::optional<RunOptions>()>& next, const std::function<bool(const Outcome&)>& done,
             std::size_t at_once);
Outcome run_one(const RunOptions& options);

}  // namespace slurmxx::sim
