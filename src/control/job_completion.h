// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// JobCompType=jobcomp/filetxt: a line for each job that ends, "JobId=4 UserId=root(0) ... ExitCode=0:0 ".
#pragma once

#include <optional>
#include <string>

#include "control/published.h"
#include "core/text/time_zone.h"

namespace slurmxx {

// The lines of what ended with this record; `after`: the cluster as it was left. Empty: nothing ended.
std::string completion_lines(const Published& after, const Record& record, const TimeZone& zone);

}  // namespace slurmxx
