// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// How long a list of tasks of an array may be in what a command prints: SLURM_BITSTR_LEN, squeue(1). 0: any length.
#pragma once

#include <string>

#include "cli/command_output.h"
#include "core/model/job_name.h"
#include "core/text/words.h"

namespace slurmxx {

inline std::size_t task_text_room(const Output& output) {
  const auto most = output.variable ? output.variable("SLURM_BITSTR_LEN") : std::nullopt;
  const auto number = most ? parse_natural(*most) : Result<std::uint64_t>(fail(""));
  if (!number) return task_text_max;
  return *number == 0 ? std::string::npos : *number;
}

}  // namespace slurmxx
