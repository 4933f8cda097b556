// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What mail can tell of a job: sbatch(1) --mail-type, in capitals.
#pragma once

#include <algorithm>
#include <iterator>
#include <string_view>

namespace slurmxx {

inline constexpr std::string_view mail_types[] = {
    "NONE",      "ALL",        "BEGIN",         "END",           "FAIL",          "REQUEUE",    "INVALID_DEPEND",
    "STAGE_OUT", "TIME_LIMIT", "TIME_LIMIT_90", "TIME_LIMIT_80", "TIME_LIMIT_50", "ARRAY_TASKS"};

inline bool is_mail_type(std::string_view word) {
  return std::find(std::begin(mail_types), std::end(mail_types), word) != std::end(mail_types);
}

}  // namespace slurmxx
