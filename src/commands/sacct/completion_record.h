// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A line that jobcomp/filetxt has written: its KEY=value pairs, and the record of the job that they make up, so that
// what chooses and shows accounted jobs does so for these too.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "commands/sacct/fields.h"
#include "core/text/instant_text.h"

namespace slurmxx {

using CompletionValues = std::map<std::string, std::string, std::less<>>;  // by the key of the line

// Values may hold spaces: what has no = belongs to what stands before it.
CompletionValues completion_values(std::string_view line);
std::string completion_value(const CompletionValues& values, std::string_view key);  // empty: not there

// What the line does not tell stays as a record has it that knows nothing. Times are those of the zone.
std::unique_ptr<FoundJob> completed_job(const CompletionValues& values, const TimeContext& times);

}  // namespace slurmxx
