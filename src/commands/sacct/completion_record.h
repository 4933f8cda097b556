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

// What lines with an object tell beside that.
inline constexpr std::string_view requested_tres_key = "ReqTres";
inline constexpr std::string_view submit_host_key = "AllocNode";
inline constexpr std::string_view licenses_key = "Licenses";
inline constexpr std::string_view tasks_key = "NTasks";

// Keys are known, and come in a known order; values may hold spaces, and a name whatever it likes. Nothing: no line of
// a job.
CompletionValues completion_values(std::string_view line);
std::string completion_value(const CompletionValues& values, std::string_view key);  // empty: not there

// What the line does not tell stays as a record has it that knows nothing. Times are those of the zone.
std::unique_ptr<FoundJob> completed_job(const CompletionValues& values, const TimeContext& times);

}  // namespace slurmxx
