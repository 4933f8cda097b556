// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/cron/cron_time.h"

#include <algorithm>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr std::string_view month_names[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                            "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::string_view day_names[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct Field {
  std::string_view name;
  std::uint32_t min;
  std::uint32_t max;
  std::span<const std::string_view> words = {};  // the first stands for min
};

constexpr Field fields[] = {{"minute", 0, 59},
                            {"hour", 0, 23},
                            {"day of month", 1, 31},
                            {"month", 1, 12, month_names},
                            {"day of week", 0, 7, day_names}};

struct Word {
  std::string_view word;
  std::string_view fields;
};

constexpr Word words[] = {{"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"},
                          {"@weekly", "0 0 * * 0"}, {"@daily", "0 0 * * *"},    {"@midnight", "0 0 * * *"},
                          {"@hourly", "0 * * * *"}};

std::vector<std::string_view> blank_separated(std::string_view text) {
  std::vector<std::string_view> pieces;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t begin = at;
    while (at < text.size() && is_space(text[at]) == is_space(text[begin])) ++at;
    if (!is_space(text[begin])) pieces.push_back(text.substr(begin, at - begin));
  }
  return pieces;
}

Error bad(const Field& field, std::string_view text) {
  return fail(fmt::format("{} {}: {} to {} is wanted, as *, 5, 1-5, */10 or a list of those", field.name, text,
                          field.min, field.max));
}

Result<std::uint32_t> value_of(const Field& field, std::string_view text) {
  for (std::size_t i = 0; i < field.words.size(); ++i)
    if (equal_ignoring_case(text, field.words[i])) return field.min + static_cast<std::uint32_t>(i);
  const auto number = parse_natural(text, {field.min, field.max});
  if (!number) return bad(field, text);
  return static_cast<std::uint32_t>(*number);
}

}  // namespace

struct CronReader {
  CronTime time;

  template <std::size_t bits>
  static Status range(const Field& field, std::string_view text, std::bitset<bits>& set) {
    const auto stepped = split_once(text, '/');
    const std::string_view span = stepped ? stepped->first : text;
    std::uint32_t low = field.min;
    std::uint32_t high = field.max;
    const auto ends = split_once(span, '-');
    if (ends) {
      TRY_ASSIGN(low, value_of(field, ends->first));
      TRY_ASSIGN(high, value_of(field, ends->second));
      if (high <= low) return bad(field, text);
    } else if (span != "*") {
      if (stepped) return bad(field, text);
      TRY_ASSIGN(low, value_of(field, span));
      high = low;
    }
    std::uint32_t step = 1;
    if (stepped) {
      const auto number = parse_natural(stepped->second, {1, field.max});
      if (!number) return bad(field, text);
      step = static_cast<std::uint32_t>(*number);
    }
    for (std::uint32_t value = low; value <= high; value += step) set.set(value % bits);
    return {};
  }

  template <std::size_t bits>
  static Status list(const Field& field, std::string_view text, std::bitset<bits>& set) {
    for (const std::string_view one : split(text, ',')) TRY(range(field, one, set));
    return {};
  }

  Status read(const std::vector<std::string_view>& texts) {
    TRY(list(fields[0], texts[0], time.minutes_));
    TRY(list(fields[1], texts[1], time.hours_));
    TRY(list(fields[2], texts[2], time.days_));
    TRY(list(fields[3], texts[3], time.months_));
    TRY(list(fields[4], texts[4], time.weekdays_));  // 7 falls on 0: both are Sunday
    time.any_hour_ = texts[1].starts_with('*');
    time.any_day_ = texts[2].starts_with('*');
    time.any_weekday_ = texts[4].starts_with('*');
    return {};
  }
};

Result<CronTime> CronTime::parse(std::string_view text) {
  text = trim(text);
  if (text.starts_with('@')) {
    const auto found =
        std::ranges::find_if(words, [&](const Word& word) { return equal_ignoring_case(word.word, text); });
    if (found == std::end(words))
      return fail(fmt::format("{}: @yearly, @monthly, @weekly, @daily or @hourly is wanted", text));
    text = found->fields;
  }
  const std::vector<std::string_view> texts = blank_separated(text);
  if (texts.size() != std::size(fields))
    return fail(fmt::format("{}: five fields are wanted: minute, hour, day of month, month, day of week", text));
  CronReader reader;
  TRY(reader.read(texts));
  return reader.time;
}

bool CronTime::day_matches(const CivilTime& civil) const {
  if (!months_[static_cast<std::size_t>(civil.month)]) return false;
  const bool day = days_[static_cast<std::size_t>(civil.day)];
  const bool of_week = weekdays_[static_cast<std::size_t>(weekday(civil))];
  return any_day_ || any_weekday_ ? day && of_week : day || of_week;
}

bool CronTime::matches(const CivilTime& civil) const {
  return minutes_[static_cast<std::size_t>(civil.minute)] && hours_[static_cast<std::size_t>(civil.hour)] &&
         day_matches(civil);
}

// Day by day, as the clock on the wall shows it.
std::optional<Instant> CronTime::next_by_calendar(Instant instant, const TimeZone& zone) const {
  constexpr int days_max = 366 * 9;  // 29 February comes after eight years at the latest
  CivilTime at = zone.civil(instant);
  at.second = 0;
  ++at.minute;
  at = normalized(at);
  for (int i = 0; i < days_max; ++i) {
    if (day_matches(at))
      for (int hour = at.hour; hour < 24; ++hour) {
        if (!hours_[static_cast<std::size_t>(hour)]) continue;
        for (int minute = hour == at.hour ? at.minute : 0; minute < 60; ++minute) {
          if (!minutes_[static_cast<std::size_t>(minute)]) continue;
          const Instant found = zone.instant({at.year, at.month, at.day, hour, minute, 0});
          if (found > instant) return found;
        }
      }
    at = normalized({at.year, at.month, at.day + 1, 0, 0, 0});
  }
  return std::nullopt;
}

std::optional<Instant> CronTime::next_after(Instant instant, const TimeZone& zone) const {
  const auto found = next_by_calendar(instant, zone);
  if (!found || !any_hour_) return found;
  constexpr std::int64_t minute = 60;
  constexpr std::int64_t back_max = 3 * 60 * minute;  // no clock is set back by more
  const Instant last = std::min(*found, instant + Seconds(back_max));
  Instant at(instant.seconds - instant.seconds % minute + minute);
  for (; at < last; at = at + Seconds(minute))
    if (matches(zone.civil(at))) return at;
  return found;
}

}  // namespace slurmxx
