// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// When an entry of a crontab is due: five fields (minute, hour, day of month, month, day of week) or a word (@hourly).
// Ruled by scrontab(1) and crontab(5): where both days are given, either of them is enough.
#pragma once

#include <bitset>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "core/text/time_zone.h"

namespace slurmxx {

class CronTime {
 public:
  // An error names the field and what would be right.
  static Result<CronTime> parse(std::string_view text);

  bool matches(const CivilTime& civil) const;

  // The first whole minute after that; absent: never, as of 30 February. An hour that daylight saving skips is made up
  // for in the one that follows; of an hour that comes twice both count where the hour is left open ("*"), else one.
  std::optional<Instant> next_after(Instant instant, const TimeZone& zone) const;

 private:
  friend struct CronReader;
  bool day_matches(const CivilTime& civil) const;
  std::optional<Instant> next_by_calendar(Instant instant, const TimeZone& zone) const;

  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;
  std::bitset<13> months_;
  std::bitset<7> weekdays_;
  bool any_hour_ = false;
  bool any_day_ = false;
  bool any_weekday_ = false;
};

}  // namespace slurmxx
