// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Names as squeue prints them.
#include "core/model/job_state.h"

namespace slurmxx {
namespace {

struct Names {
  std::string_view full;
  std::string_view compact;
};

constexpr std::array<Names, 12> names{{{"PENDING", "PD"},
                                       {"RUNNING", "R"},
                                       {"SUSPENDED", "S"},
                                       {"COMPLETED", "CD"},
                                       {"CANCELLED", "CA"},
                                       {"FAILED", "F"},
                                       {"TIMEOUT", "TO"},
                                       {"NODE_FAIL", "NF"},
                                       {"PREEMPTED", "PR"},
                                       {"BOOT_FAIL", "BF"},
                                       {"DEADLINE", "DL"},
                                       {"OUT_OF_MEMORY", "OOM"}}};

}  // namespace

std::string_view state_name(JobState s) { return names[static_cast<std::size_t>(s)].full; }
std::string_view state_short(JobState s) { return names[static_cast<std::size_t>(s)].compact; }

}  // namespace slurmxx
