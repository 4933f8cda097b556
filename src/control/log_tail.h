// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What follows a place in the log, for who folds it and lost the end of what he had: the state there, and the records
// behind. Rare: after a crash.
#pragma once

#include <optional>
#include <vector>

#include "ports/folder.h"
#include "state/journal_format.h"

namespace slurmxx {

struct LogTail {
  State state;
  std::vector<Record> records;
};

// The folder of a log that was opened already (control/log_store.h). Nothing: the log does not reach back that far.
Result<std::optional<LogTail>> tail_from(Folder& folder, LogPosition place);

}  // namespace slurmxx
