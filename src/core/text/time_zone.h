// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Where instants become the numbers on a wall clock. Core knows UTC only; the machine's own zone is an adapter
// (adapters/time_zone.h) that the daemons and commands pass in, so that core stays a function of its arguments. A zone
// may also know how its reader wants instants written (cli/time_style.h).
#pragma once

#include <string>

#include "base/units.h"

namespace slurmxx {

struct CivilTime {
  int year = 1970;
  int month = 1;  // 1-12
  int day = 1;    // 1-31
  int hour = 0;
  int minute = 0;
  int second = 0;

  auto operator<=>(const CivilTime&) const = default;
};

class TimeZone {
 public:
  virtual ~TimeZone() = default;
  virtual CivilTime civil(Instant instant) const = 0;

  // Fields out of their range carry over (day 32 is in the next month). An hour that daylight saving skips becomes the
  // one after it; of an hour that occurs twice either may be taken.
  virtual Instant instant(const CivilTime& civil) const = 0;

  // As instant_text() writes it: 2026-11-23T10:00:00 unless the reader asked otherwise.
  virtual std::string text(Instant instant) const;
};

const TimeZone& utc();

int weekday(const CivilTime& civil);           // 0 is Sunday
bool is_calendar_day(const CivilTime& civil);  // false for 30 February
CivilTime normalized(const CivilTime& civil);  // carries fields that are out of range

}  // namespace slurmxx
