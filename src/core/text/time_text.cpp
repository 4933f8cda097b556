// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/text/time_text.h"

#include <fmt/format.h>

#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr std::int64_t minute = 60;
constexpr std::int64_t hour = 60 * minute;
constexpr std::int64_t day = 24 * hour;
constexpr std::uint64_t field_max = 4'000'000'000;  // keeps every sum far from overflow

Error not_a_duration(std::string_view text) {
  return fail(Errc::invalid_time_limit,
              fmt::format("\"{}\" is not a time limit: give minutes, M:S, H:M:S, D-H, D-H:M, D-H:M:S or UNLIMITED",
                          text.substr(0, 60)));
}

// A lone negative number means no limit: -1 by the manual, the others because users' scripts get away with them.
bool is_unlimited(std::string_view text) {
  if (text.starts_with('-')) return all_digits(text.substr(1));
  return equal_ignoring_case(text, "UNLIMITED") || equal_ignoring_case(text, "INFINITE");
}

struct Split {
  std::int64_t days, hours, minutes, seconds;
};
Split split_duration(std::int64_t seconds) {
  return {seconds / day, seconds % day / hour, seconds % hour / minute, seconds % minute};
}

}  // namespace

Result<SecondsLimit> parse_duration(const std::string_view whole) {
  std::string_view text = whole;
  if (is_unlimited(text)) return SecondsLimit::none();
  auto dash = text.find('-');
  bool has_days = dash != std::string_view::npos;
  std::int64_t total = 0;
  if (has_days) {
    auto days = parse_natural(text.substr(0, dash), {0, field_max});
    if (!days) return not_a_duration(whole);
    total += static_cast<std::int64_t>(*days) * day;
    if (dash + 1 == text.size()) return SecondsLimit::of(Seconds(total));  // "5-" is five days
    text.remove_prefix(dash + 1);
  }
  auto fields = split(text, ':');
  if (fields.size() > 3) return not_a_duration(whole);
  // What the first field counts: hours after days or when there are three, else minutes.
  std::int64_t unit = has_days || fields.size() == 3 ? hour : minute;
  for (auto field : fields) {
    auto count = parse_natural(field, {0, field_max});
    if (!count) return not_a_duration(whole);
    total += static_cast<std::int64_t>(*count) * unit;
    unit /= 60;
  }
  return SecondsLimit::of(Seconds(total));
}

Result<TimeLimit> parse_time_limit(std::string_view text) {
  TRY_ASSIGN(SecondsLimit limit, parse_duration(text));
  if (limit.unlimited) return TimeLimit::none();
  return TimeLimit::of(Minutes((limit.value.value + minute - 1) / minute));
}

std::string duration_short(Seconds duration) {
  if (duration.value < 0) return "INVALID";
  auto [days, hours, minutes, seconds] = split_duration(duration.value);
  if (days > 0) return fmt::format("{}-{:02}:{:02}:{:02}", days, hours, minutes, seconds);
  if (hours > 0) return fmt::format("{}:{:02}:{:02}", hours, minutes, seconds);
  return fmt::format("{}:{:02}", minutes, seconds);
}

std::string duration_short(const TimeLimit& limit) {
  return limit.unlimited ? "UNLIMITED" : duration_short(to_seconds(limit.value));
}

std::string duration_long(Seconds duration) {
  if (duration.value < 0) return "INVALID";
  auto [days, hours, minutes, seconds] = split_duration(duration.value);
  if (days > 0) return fmt::format("{}-{:02}:{:02}:{:02}", days, hours, minutes, seconds);
  return fmt::format("{:02}:{:02}:{:02}", hours, minutes, seconds);
}

std::string duration_long(const TimeLimit& limit) {
  return limit.unlimited ? "UNLIMITED" : duration_long(to_seconds(limit.value));
}

}  // namespace slurmxx
