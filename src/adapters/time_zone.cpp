// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/time_zone.h"

#include <ctime>

namespace slurmxx {

LocalTimeZone::LocalTimeZone() { ::tzset(); }

CivilTime LocalTimeZone::civil(Instant instant) const {
  std::time_t seconds = instant.seconds;
  std::tm tm{};
  if (::localtime_r(&seconds, &tm) == nullptr) return utc().civil(instant);  // a year that tm cannot hold
  return {tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec};
}

Instant LocalTimeZone::instant(const CivilTime& civil) const {
  std::tm tm{};
  tm.tm_year = civil.year - 1900;
  tm.tm_mon = civil.month - 1;
  tm.tm_mday = civil.day;
  tm.tm_hour = civil.hour;
  tm.tm_min = civil.minute;
  tm.tm_sec = civil.second;
  tm.tm_isdst = -1;  // let the zone decide
  return Instant(::mktime(&tm));
}

}  // namespace slurmxx
