// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The file of scrontab(1): comments, NAME=value, #SCRON options for the entry that follows, and entries. What is wrong
// is told with its line; nothing of a bad file is used.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/model/job_spec.h"

namespace slurmxx {

struct CrontabEntry {
  CronEntry place;                   // when, and which lines (with its #SCRON ones)
  std::vector<std::string> options;  // words of the #SCRON lines
  std::string command;               // $NAME is filled in
};

// "LINE N: what is wrong".
Result<std::vector<CrontabEntry>> parse_crontab(std::string_view text);

// The text with lines first to last of an entry made comments, as a cancelled job leaves it.
std::string with_lines_disabled(std::string_view text, const CronEntry& place);

}  // namespace slurmxx
