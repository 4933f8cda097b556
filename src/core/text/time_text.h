// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Durations and time limits as people type and read them (sbatch(1) --time, squeue(1) %M and %l, scontrol show).
// Instants are in instant_text.h. Written forms: M  M:S  H:M:S  D-H  D-H:M  D-H:M:S, and UNLIMITED, INFINITE or -1.
// Fields may exceed their usual range: 1-99:00 is one day and 99 hours. Any lone negative number is no limit.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/units.h"

namespace slurmxx {

using SecondsLimit = Limit<Seconds>;

// Errc::invalid_time_limit for text that is no duration.
Result<SecondsLimit> parse_duration(std::string_view text);

// The same in minutes, seconds rounded up to the next minute: 30:15 is 31. Zero stays zero: what it means is the
// caller's affair (sbatch: no limit asked for).
Result<TimeLimit> parse_time_limit(std::string_view text);

// squeue and sinfo: 0:07  30:00  1:00:00  1-00:00:00  UNLIMITED. A negative duration (clock set back) reads INVALID.
std::string duration_short(Seconds duration);
std::string duration_short(const TimeLimit& limit);

// scontrol, sacct, sacctmgr: 00:00:07  00:30:00  1-00:00:00  UNLIMITED.
std::string duration_long(Seconds duration);
std::string duration_long(const TimeLimit& limit);

}  // namespace slurmxx
