// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// PropagatePrioProcess of slurm.conf(5): the nice value of a job's processes, from that of the command that submitted
// it, which came along as SLURM_PRIO_PROCESS.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/text/words.h"

namespace slurmxx {

struct NiceFacts {
  std::uint32_t rule = 0;  // 0: as the daemon; 1: as the command; 2: as the command, and nicer than the daemon
  int of_daemon = 0;
  bool of_root = false;  // root alone may be less nice than the daemon
};

// Nothing: as the daemon.
inline std::optional<int> task_nice(const NiceFacts& facts, std::span<const std::string> environment) {
  constexpr std::string_view variable = "SLURM_PRIO_PROCESS=";
  constexpr int least = -20, most = 19;
  if (facts.rule == 0) return std::nullopt;
  int nice = 0;
  for (const std::string& one : environment)
    if (one.starts_with(variable))
      if (const auto number = parse_integer(one.substr(variable.size()), {least, most}))
        nice = static_cast<int>(*number);
  if (facts.rule == 2) return std::min(most, std::max(nice, facts.of_daemon + 1));
  return facts.of_root ? nice : std::max(nice, facts.of_daemon);
}

}  // namespace slurmxx
