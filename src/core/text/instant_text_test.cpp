// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/text/instant_text.h"

#include <doctest/doctest.h>

using namespace slurmxx;

namespace {

// Monday 2026-11-23 13:32:25 UTC
const Instant now = utc().instant({2026, 11, 23, 13, 32, 25});

std::string read(std::string_view text, PastTimes past = PastTimes::move_on) {
  auto instant = parse_instant(text, {now, utc(), past});
  return instant ? instant_text(*instant, utc()) : instant.error().message;
}

// Two hours east of UTC.
class East final : public TimeZone {
  CivilTime civil(Instant i) const override { return utc().civil(i + Seconds(7200)); }
  Instant instant(const CivilTime& c) const override { return utc().instant(c) - Seconds(7200); }
};

}  // namespace

TEST_CASE("calendar: instants and civil time turn into one another over leap days and before 1970") {
  CHECK(utc().instant({1970, 1, 1, 0, 0, 0}) == Instant(0));
  CHECK(utc().instant({2000, 3, 1, 0, 0, 0}) == Instant(951868800));
  CHECK(instant_text(Instant(-1), utc()) == "1969-12-31T23:59:59");
  for (std::int64_t s : {-86401LL, 0LL, 951782400LL, 1709164800LL, 4102444799LL})
    CHECK(utc().instant(utc().civil(Instant(s))) == Instant(s));
  CHECK(normalized({2026, 12, 32, 25, 0, 0}) == CivilTime{2027, 1, 2, 1, 0, 0});
  CHECK(normalized({2026, 14, 1, 0, 0, 0}) == CivilTime{2027, 2, 1, 0, 0, 0});
  CHECK(weekday({2026, 11, 23, 0, 0, 0}) == 1);
  CHECK_FALSE(is_calendar_day({2026, 2, 29, 0, 0, 0}));
}

TEST_CASE("instants: relative to now") {
  CHECK(read("now") == "2026-11-23T13:32:25");
  CHECK(read("now+1hour") == "2026-11-23T14:32:25");
  CHECK(read("now+60") == "2026-11-23T13:33:25");
  CHECK(read("now+2days") == "2026-11-25T13:32:25");
  CHECK(read("now + 2 weeks") == "2026-12-07T13:32:25");
  CHECK(read("NOW-30minutes") == "2026-11-23T13:02:25");
  CHECK(read("uts0") == "1970-01-01T00:00:00");
  CHECK(read("uts253402214400") == "9999-12-31T00:00:00");
  CHECK_FALSE(parse_instant("uts103333333333333333", {now, utc(), PastTimes::move_on}).ok());
}

TEST_CASE("instants: a time alone that is past means tomorrow, unless the past is asked for") {
  CHECK(read("16:00") == "2026-11-23T16:00:00");
  CHECK(read("13:32") == "2026-11-24T13:32:00");
  CHECK(read("13:32", PastTimes::keep) == "2026-11-23T13:32:00");
  CHECK(read("midnight") == "2026-11-24T00:00:00");
  CHECK(read("noon") == "2026-11-24T12:00:00");
  CHECK(read("fika") == "2026-11-23T15:00:00");
  CHECK(read("teatime") == "2026-11-23T16:00:00");
  CHECK(read("4:00 PM") == "2026-11-23T16:00:00");
  CHECK(read("04:00:30pm") == "2026-11-23T16:00:30");
  CHECK(read("12:30AM") == "2026-11-24T00:30:00");
  CHECK(read("12:30PM") == "2026-11-24T12:30:00");
}

TEST_CASE("instants: days in every written form, with and without a time") {
  for (auto text : {"010130", "01/01/30", "01.01.30", "1/1/30", "2030-01-01", "2030-01-01T", " 2030-01-01 "}) {
    INFO(text);
    CHECK(read(text) == "2030-01-01T00:00:00");
  }
  for (auto text : {"2030-01-01T10:00", "2030-01-01 10:00:00", "01/01/30-10:00", "010130-10:00", "10:00 01/01/30"}) {
    INFO(text);
    CHECK(read(text) == "2030-01-01T10:00:00");
  }
  CHECK(read("0101") == "2027-01-01T00:00:00");
  CHECK(read("01/01", PastTimes::keep) == "2026-01-01T00:00:00");
  CHECK(read("11/23") == "2026-11-23T00:00:00");
  CHECK(read("today") == "2026-11-23T00:00:00");
  CHECK(read("tomorrow") == "2026-11-24T00:00:00");
  CHECK(read("tomorrow noon") == "2026-11-24T12:00:00");
  CHECK(read("noon tomorrow") == "2026-11-24T12:00:00");
  CHECK(read("today 9:00") == "2026-11-23T09:00:00");
  CHECK(read("2026-11-23T10:00:00") == "2026-11-23T10:00:00");
}

TEST_CASE("instants: a mistake is named with its position") {
  struct Row {
    const char* text;
    int position;
  };
  for (auto [text, position] :
       {Row{"yesterdayish", 0}, Row{"now+1parsec", 4}, Row{"now+1minuteX", 11}, Row{"midnightish", 8}, Row{"24:00", 0},
        Row{"12:60", 3}, Row{"13:00PM", 5}, Row{"01/01/2030", 8}, Row{"2030-13-01", 5}, Row{"99", 0},
        Row{"2030-1-1", 0}, Row{"12:00bogus", 5}, Row{"now bogus", 4}, Row{"", 0}, Row{"now+", 4}, Row{"2030-02-30", 0},
        Row{"2030-01", 0}}) {
    INFO(text);
    CHECK(read(text) == "Invalid time specification (pos=" + std::to_string(position) + "): " + text);
  }
  CHECK(parse_instant("x", {now, utc()}).error().code == Errc::invalid_time_value);
}

TEST_CASE("instants: the zone decides what the wall clock says") {
  East east;
  CHECK(instant_text(Instant(0), east) == "1970-01-01T02:00:00");
  CHECK(*parse_instant("2026-11-23T10:00", {now, east}) == utc().instant({2026, 11, 23, 8, 0, 0}));
  CHECK(*parse_instant("15:30", {now, east}) == utc().instant({2026, 11, 24, 13, 30, 0}));
}

TEST_CASE("instants: printed for people") {
  CHECK(ctime_text(now, utc()) == "Mon Nov 23 13:32:25 2026");
  CHECK(ctime_text(utc().instant({2026, 11, 3, 1, 2, 3}), utc()) == "Tue Nov  3 01:02:03 2026");
  CHECK(clock_text(now, utc()) == "13:32:25");
  CHECK(instant_text(std::nullopt, utc(), "Unknown") == "Unknown");
  TimeContext context{now, utc()};
  CHECK(relative_text(now, context) == "13:32:25");
  CHECK(relative_text(now + Seconds(86400), context) == "Tomorr 13:32");
  CHECK(relative_text(now - Seconds(86400), context) == "Ystday 13:32");
  CHECK(relative_text(now + Seconds(3 * 86400), context) == "Thu 13:32");
  CHECK(relative_text(now + Seconds(10 * 86400), context) == "3 Dec 13:32");
  CHECK(relative_text(now + Seconds(100 * 86400), context) == "3 Mar 2027");
}
