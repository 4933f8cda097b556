// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/text/time_zone.h"

#include <chrono>

namespace slurmxx {
namespace {

constexpr std::int64_t day_seconds = 86400;

std::int64_t days_since_1970(const CivilTime& civil) {
  using namespace std::chrono;
  int months = civil.month - 1;
  int years = months >= 0 ? months / 12 : (months - 11) / 12;
  auto first = year_month_day{year(civil.year + years), month(static_cast<unsigned>(months - years * 12 + 1)), day(1)};
  return sys_days(first).time_since_epoch().count() + (civil.day - 1);
}

class Utc final : public TimeZone {
 public:
  CivilTime civil(Instant instant) const override {
    using namespace std::chrono;
    auto days = instant.seconds / day_seconds - (instant.seconds % day_seconds < 0 ? 1 : 0);
    auto rest = static_cast<int>(instant.seconds - days * day_seconds);
    year_month_day date{sys_days(std::chrono::days(days))};
    return {int(date.year()), int(unsigned(date.month())), int(unsigned(date.day())), rest / 3600, rest / 60 % 60,
            rest % 60};
  }

  Instant instant(const CivilTime& c) const override {
    return Instant(days_since_1970(c) * day_seconds + std::int64_t{c.hour} * 3600 + std::int64_t{c.minute} * 60 +
                   c.second);
  }
};

}  // namespace

const TimeZone& utc() {
  static const Utc zone;
  return zone;
}

int weekday(const CivilTime& civil) {
  auto days = days_since_1970(civil);
  return static_cast<int>(((days + 4) % 7 + 7) % 7);  // 1970-01-01 was a Thursday
}

CivilTime normalized(const CivilTime& civil) { return utc().civil(utc().instant(civil)); }

bool is_calendar_day(const CivilTime& civil) {
  using namespace std::chrono;
  return year_month_day{year(civil.year), month(static_cast<unsigned>(civil.month)),
                        day(static_cast<unsigned>(civil.day))}
      .ok();
}

}  // namespace slurmxx
