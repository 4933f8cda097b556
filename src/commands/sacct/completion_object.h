// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A line that jobcomp/jsonlines has written, as the pairs that a line of jobcomp/filetxt would hold, and what it tells
// beside them: from there on both go the same way.
#pragma once

#include "commands/sacct/completion_record.h"

namespace slurmxx {

// Empty: it is no object of texts and numbers. Times are told in the zone.
CompletionValues completion_object(std::string_view line, const TimeContext& here);

}  // namespace slurmxx
