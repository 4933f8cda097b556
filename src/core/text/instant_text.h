// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Instants as people type and read them: sbatch(1) --begin and --deadline, sacct(1) --starttime, scontrol's StartTime.
//   day   YYYY-MM-DD  MM/DD[/YY]  MM.DD[.YY]  MMDD[YY]  today  tomorrow
//   time  HH:MM[:SS] [AM|PM]  midnight  noon  fika (15:00)  teatime (16:00)
//   both  in either order, between them white space, T or -
//   now, now+N, now-N with second(s), minute(s), hour(s), day(s), week(s); seconds when no unit is given
// A time alone that is past means tomorrow, a day without year that is past means next year.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/units.h"
#include "core/text/time_zone.h"

namespace slurmxx {

enum class PastTimes {
  move_on,  // --begin: 16:00 asked for at 17:00 is tomorrow's
  keep,     // sacct --starttime: 16:00 asked for at 17:00 is today's
};

struct TimeContext {
  Instant now;
  const TimeZone& zone;
  PastTimes past = PastTimes::move_on;
};

// Error (Errc::invalid_time_value): "Invalid time specification (pos=4): now+1parsec", pos counted from 0.
Result<Instant> parse_instant(std::string_view text, const TimeContext& context);

std::string instant_text(Instant instant, const TimeZone& zone);  // 2026-11-23T10:00:00, or as the zone writes it
std::string instant_text(std::optional<Instant> instant, const TimeZone& zone, std::string_view absent);
std::string ctime_text(Instant instant, const TimeZone& zone);  // Mon Nov 23 10:00:00 2026
std::string clock_text(Instant instant, const TimeZone& zone);  // 10:00:00

// SLURM_TIME_FORMAT=relative: 10:00:00 today, "Tomorr 10:00", "Ystday 10:00", "Thu 10:00" within a week, else "3 Dec
// 10:00" or, in another year, "3 Dec 2027".
std::string relative_text(Instant instant, const TimeContext& context);

}  // namespace slurmxx
