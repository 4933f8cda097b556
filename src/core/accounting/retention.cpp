// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/accounting/retention.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/text/time_zone.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

using Unit = KeepSpan::Unit;
constexpr std::pair<std::string_view, Unit> units[] = {
    {"", Unit::months},  {"months", Unit::months}, {"month", Unit::months}, {"days", Unit::days},
    {"day", Unit::days}, {"hours", Unit::hours},   {"hour", Unit::hours}};

Instant floor_to(std::int64_t unit, Instant at) { return Instant(at.seconds - ((at.seconds % unit) + unit) % unit); }

}  // namespace

Result<KeepSpan> parse_keep_span(std::string_view text) {
  constexpr std::uint64_t count_max = 1'000'000;
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto count = parse_natural(text.substr(0, digits), {1, count_max});
  if (!count) return fail(fmt::format("Invalid purge string '{}'", text));
  const std::string unit = lower(text.substr(digits));
  for (const auto& [name, meaning] : units)
    if (unit == name) return KeepSpan{static_cast<std::uint32_t>(*count), meaning};
  return fail(fmt::format("Invalid purge unit '{}', valid options are hours, days, or months", text.substr(digits)));
}

std::string text_of(KeepSpan span) {
  const auto* found =
      std::ranges::find_if(units, [&](const auto& one) { return one.first != "" && one.second == span.unit; });
  return fmt::format("{}{}", span.count, found->first);
}

Instant kept_from(KeepSpan span, Instant now) {
  constexpr std::int64_t hour = 3600, day = 24 * hour;
  if (span.unit == Unit::hours) return floor_to(hour, now) - Seconds(span.count * hour);
  if (span.unit == Unit::days) return floor_to(day, now) - Seconds(span.count * day);
  const CivilTime civil = utc().civil(now);
  return utc().instant(normalized({civil.year, civil.month - static_cast<int>(span.count), 1, 0, 0, 0}));
}

}  // namespace slurmxx
