// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// All that a log folder still has (docs/formats/journal.md), read as it is: nothing is mended, cut off or locked, so
// that it may be the folder of a slurmctld that runs.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "state/journal_format.h"

namespace slurmxx {

struct LogFiles {
  std::vector<std::string> names;  // of the folder
  std::function<Result<std::string>(const std::string& name)> read;
};

struct LogListener {
  std::function<Status(State before)> begin;  // what stands in front of the first record
  // With the next few records, as far as there are any.
  std::function<Status(const Record& record, std::span<const Record> following)> take;
};

// One segment is held at a time. Errors name the file.
Status read_log(const LogFiles& files, const LogListener& listener);

}  // namespace slurmxx
