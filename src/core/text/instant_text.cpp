// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/text/instant_text.h"

#include <array>

#include <fmt/format.h>

#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr std::array<const char*, 7> weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct ClockTime {
  int hour = 0;
  int minute = 0;
  int second = 0;
};

struct Unit {
  std::string_view name;
  std::int64_t seconds;
};
constexpr std::array units{Unit{"seconds", 1},    Unit{"second", 1},   Unit{"minutes", 60}, Unit{"minute", 60},
                           Unit{"hours", 3600},   Unit{"hour", 3600},  Unit{"days", 86400}, Unit{"day", 86400},
                           Unit{"weeks", 604800}, Unit{"week", 604800}};

struct NamedTime {
  std::string_view name;
  ClockTime time;
};
constexpr std::array named_times{NamedTime{"midnight", {0, 0, 0}}, NamedTime{"noon", {12, 0, 0}},
                                 NamedTime{"fika", {15, 0, 0}}, NamedTime{"teatime", {16, 0, 0}}};

struct NamedDay {
  std::string_view name;
  int days_ahead;
};
constexpr std::array named_days{NamedDay{"today", 0}, NamedDay{"tomorrow", 1}};

// Reads one text from left to right. Every read_ function either consumes its piece and returns true, or leaves it: at
// `at_` for "not mine", or with `bad_` at the position of the mistake for "mine, but wrong".
class InstantReader {
 public:
  InstantReader(std::string_view text, const TimeContext& context)
      : text_(text), context_(context), today_(context.zone.civil(context.now)) {}

  Result<Instant> read() {
    skip_between();
    if (at_ == text_.size()) return mistake();
    while (at_ < text_.size()) {
      bool known = read_now() || read_named_clock() || read_named_day() || read_clock() || read_iso_day() ||
                   read_separated_day() || read_plain_day();
      if (!known || bad_) return mistake();
      skip_between();
    }
    return assemble();
  }

 private:
  std::string_view rest() const { return text_.substr(at_); }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  Error mistake() const {
    return fail(Errc::invalid_time_value,
                fmt::format("Invalid time specification (pos={}): {}", bad_.value_or(at_), text_));
  }

  bool wrong_at(std::size_t position) {
    if (!bad_) bad_ = position;
    return true;
  }

  // White space, and the T or - that may stand between day and time.
  void skip_between() {
    while (is_space(peek())) ++at_;
    bool glue = day_ && !time_ && (peek() == 'T' || peek() == 't' || peek() == '-') &&
                (at_ + 1 == text_.size() || is_digit(peek(1)));
    if (glue) ++at_;
  }

  bool take_word(std::string_view word) {
    if (!starts_with_ignoring_case(rest(), word)) return false;
    at_ += word.size();
    return true;
  }

  std::size_t digits_ahead() const {
    std::size_t n = 0;
    while (is_digit(peek(n))) ++n;
    return n;
  }

  // Exactly `width` digits, from `min` to `max`; a mistake otherwise.
  int take_number(std::size_t width, int min, int max) {
    auto start = at_;
    int value = 0;
    for (std::size_t i = 0; i < width; ++i, ++at_) {
      if (!is_digit(peek())) return wrong_at(at_), min;
      value = value * 10 + (peek() - '0');
    }
    if (value < min || value > max) wrong_at(start);
    return value;
  }

  bool read_now() {
    if (moment_ || !take_word("now")) return false;
    moment_ = context_.now;
    auto sign_at = at_;
    while (is_space(peek())) ++at_;
    if (peek() != '+' && peek() != '-') return at_ = sign_at, true;
    int sign = peek() == '+' ? 1 : -1;
    ++at_;
    while (is_space(peek())) ++at_;
    auto count_at = at_;
    auto count = parse_natural(rest().substr(0, digits_ahead()), {0, 1'000'000'000});
    if (!count) return wrong_at(count_at);
    at_ += digits_ahead();
    moment_ = *moment_ + Seconds(sign * static_cast<std::int64_t>(*count) * take_unit(count_at));
    return true;
  }

  std::int64_t take_unit(std::size_t count_at) {
    auto before = at_;
    while (is_space(peek())) ++at_;
    for (const auto& unit : units)
      if (take_word(unit.name)) return unit.seconds;
    if (is_letter(peek())) wrong_at(count_at);
    at_ = before;
    return 1;
  }

  bool read_named_clock() {
    if (time_) return false;
    for (const auto& row : named_times)
      if (take_word(row.name)) return time_ = row.time, true;
    return false;
  }

  bool read_named_day() {
    if (day_) return false;
    for (const auto& row : named_days) {
      if (!take_word(row.name)) continue;
      day_ = normalized({today_.year, today_.month, today_.day + row.days_ahead, 0, 0, 0});
      return true;
    }
    return false;
  }

  // H:MM, HH:MM or HH:MM:SS, with AM or PM after it or not
  bool read_clock() {
    auto width = digits_ahead();
    if (time_ || width < 1 || width > 2 || peek(width) != ':') return false;
    ClockTime time;
    time.hour = take_number(width, 0, 23);
    ++at_;
    time.minute = take_number(2, 0, 59);
    if (peek() == ':') ++at_, time.second = take_number(2, 0, 59);
    auto before = at_;
    while (is_space(peek())) ++at_;
    if (starts_with_ignoring_case(rest(), "am") || starts_with_ignoring_case(rest(), "pm")) {
      bool afternoon = peek() == 'p' || peek() == 'P';
      if (time.hour < 1 || time.hour > 12) wrong_at(at_);
      time.hour = time.hour % 12 + (afternoon ? 12 : 0);
      at_ += 2;
    } else {
      at_ = before;
    }
    time_ = time;
    return true;
  }

  bool read_iso_day() {
    if (day_ || digits_ahead() != 4 || peek(4) != '-' || !is_digit(peek(5)) || !is_digit(peek(6)) || peek(7) != '-')
      return false;
    CivilTime day;
    auto start = at_;
    day.year = take_number(4, 1970, 9999);
    ++at_;
    day.month = take_number(2, 1, 12);
    ++at_;
    day.day = take_number(2, 1, 31);
    return keep_day(day, start);
  }

  // MM/DD[/YY] and MM.DD[.YY]
  bool read_separated_day() {
    char separator = peek(digits_ahead());
    if (day_ || digits_ahead() < 1 || digits_ahead() > 2 || (separator != '/' && separator != '.')) return false;
    CivilTime day;
    auto start = at_;
    day.month = take_number(digits_ahead(), 1, 12);
    ++at_;
    day.day = take_number(digits_ahead() == 1 ? 1 : 2, 1, 31);
    yearless_ = peek() != separator;
    if (!yearless_) ++at_, day.year = 2000 + take_number(2, 0, 99);
    return keep_day(day, start);
  }

  // MMDD[YY]
  bool read_plain_day() {
    auto width = digits_ahead();
    if (day_ || (width != 4 && width != 6)) return false;
    CivilTime day;
    auto start = at_;
    day.month = take_number(2, 1, 12);
    day.day = take_number(2, 1, 31);
    yearless_ = width == 4;
    if (!yearless_) day.year = 2000 + take_number(2, 0, 99);
    return keep_day(day, start);
  }

  bool keep_day(CivilTime day, std::size_t start) {
    if (yearless_) day.year = today_.year;
    if (!bad_ && !is_calendar_day(day) && !(yearless_ && day.month == 2 && day.day == 29)) wrong_at(start);
    day_ = day;
    return true;
  }

  Result<Instant> assemble() const {
    if (moment_) {
      if (day_ || time_)
        return fail(Errc::invalid_time_value, fmt::format("Invalid time specification (pos=0): {}", text_));
      return *moment_;
    }
    CivilTime civil = day_.value_or(CivilTime{today_.year, today_.month, today_.day, 0, 0, 0});
    ClockTime time = time_.value_or(ClockTime{});
    civil.hour = time.hour;
    civil.minute = time.minute;
    civil.second = time.second;
    bool move_on = context_.past == PastTimes::move_on;
    if (move_on && !day_ && context_.zone.instant(civil) < context_.now) civil = later(civil, 1);
    bool day_is_past = CivilTime{civil.year, civil.month, civil.day, 0, 0, 0} <
                       CivilTime{today_.year, today_.month, today_.day, 0, 0, 0};
    if (move_on && yearless_ && day_is_past) ++civil.year;
    return context_.zone.instant(civil);
  }

  static CivilTime later(CivilTime civil, int days) {
    civil.day += days;
    return normalized(civil);
  }

  std::string_view text_;
  const TimeContext& context_;
  CivilTime today_;
  std::size_t at_ = 0;
  std::optional<std::size_t> bad_;
  std::optional<Instant> moment_;
  std::optional<CivilTime> day_;
  std::optional<ClockTime> time_;
  bool yearless_ = false;
};

std::int64_t day_number(CivilTime civil) {
  civil.hour = civil.minute = civil.second = 0;
  return utc().instant(civil).seconds / 86400;
}

}  // namespace

Result<Instant> parse_instant(std::string_view text, const TimeContext& context) {
  constexpr std::uint64_t seconds_max = 253'402'214'400;  // the last day of the year 9999, which has begun everywhere
  if (text.starts_with("uts"))                            // seconds since 1970
    if (const auto seconds = parse_natural(text.substr(3), {0, seconds_max}))
      return Instant(static_cast<std::int64_t>(*seconds));
  return InstantReader(text, context).read();
}

std::string TimeZone::text(Instant instant) const {
  auto c = civil(instant);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", c.year, c.month, c.day, c.hour, c.minute, c.second);
}

std::string instant_text(Instant instant, const TimeZone& zone) { return zone.text(instant); }

std::string instant_text(std::optional<Instant> instant, const TimeZone& zone, std::string_view absent) {
  return instant ? instant_text(*instant, zone) : std::string(absent);
}

std::string ctime_text(Instant instant, const TimeZone& zone) {
  auto c = zone.civil(instant);
  return fmt::format("{} {} {:2} {:02}:{:02}:{:02} {}", weekdays[weekday(c)], months[c.month - 1], c.day, c.hour,
                     c.minute, c.second, c.year);
}

std::string clock_text(Instant instant, const TimeZone& zone) {
  auto c = zone.civil(instant);
  return fmt::format("{:02}:{:02}:{:02}", c.hour, c.minute, c.second);
}

std::string relative_text(Instant instant, const TimeContext& context) {
  auto c = context.zone.civil(instant);
  auto today = context.zone.civil(context.now);
  auto ahead = day_number(c) - day_number(today);
  if (ahead == 0) return clock_text(instant, context.zone);
  auto clock = fmt::format("{:02}:{:02}", c.hour, c.minute);
  if (ahead == 1) return "Tomorr " + clock;
  if (ahead == -1) return "Ystday " + clock;
  if (ahead > 0 && ahead < 7) return fmt::format("{} {}", weekdays[weekday(c)], clock);
  if (c.year != today.year) return fmt::format("{} {} {}", c.day, months[c.month - 1], c.year);
  return fmt::format("{} {} {}", c.day, months[c.month - 1], clock);
}

}  // namespace slurmxx
