// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/fairshare/decay.h"

#include <algorithm>
#include <cmath>

#include "core/text/words.h"

namespace slurmxx {
namespace {

// The day at whose midnight the period after `day` begins; fields may be out of range.
struct Period {
  std::string_view name;
  CivilTime (*next)(CivilTime day);
};

constexpr Period periods[] = {
    {"DAILY", [](CivilTime day) { return day.day += 1, day; }},
    {"WEEKLY", [](CivilTime day) { return day.day += 7 - weekday(day), day; }},
    {"MONTHLY", [](CivilTime day) { return day.month += 1, day.day = 1, day; }},
    {"QUARTERLY", [](CivilTime day) { return day.month += 3 - (day.month - 1) % 3, day.day = 1, day; }},
    {"YEARLY", [](CivilTime day) { return day.year += 1, day.month = 1, day.day = 1, day; }},
};

// 1 - exp(-x), to the last digits for a small x as well. std::expm1 does not link: the static libm's wants a libc of
// its own.
double decayed_part(double x) {
  constexpr double small = 1e-3;
  constexpr double ln2 = 0.69314718055994530942;
  if (x < small) return x * (1 - x / 2 * (1 - x / 3 * (1 - x / 4 * (1 - x / 5))));
  return 1 - std::exp2(-x / ln2);
}

}  // namespace

double decayed_usage(double usage, Seconds elapsed, Seconds half_life) {
  if (half_life.value <= 0 || elapsed.value <= 0) return usage;
  return usage * std::exp2(-static_cast<double>(elapsed.value) / static_cast<double>(half_life.value));
}

double decayed_span(Seconds span, Seconds half_life) {
  const auto seconds = static_cast<double>(std::max<std::int64_t>(0, span.value));
  if (half_life.value <= 0) return seconds;
  const double rate = std::log(2.0) / static_cast<double>(half_life.value);
  return decayed_part(rate * seconds) / rate;
}

std::optional<Instant> next_usage_reset(std::string_view period, Instant since, const TimeZone& zone) {
  CivilTime day = zone.civil(since);
  day.hour = day.minute = day.second = 0;
  for (const Period& one : periods)
    if (equal_ignoring_case(one.name, period)) return zone.instant(normalized(one.next(day)));
  return std::nullopt;
}

}  // namespace slurmxx
