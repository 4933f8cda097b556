// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/text/time_text.h"

#include <doctest/doctest.h>

using namespace slurmxx;

TEST_CASE("time limits: every written form, seconds rounded up to a minute") {
  struct Row {
    const char* text;
    std::int64_t minutes;
  };
  for (auto [text, minutes] :
       {Row{"30", 30}, Row{"30:15", 31}, Row{"1:30:00", 90}, Row{"0:31:00", 31}, Row{"2-12", 3600},
        Row{"2-12:30", 3630}, Row{"2-12:30:00", 3630}, Row{"2-12:30:01", 3631}, Row{"0", 0}, Row{"2-00:00:00", 2880},
        Row{"1-99:00", 1440 + 99 * 60}, Row{"0:01", 1}, Row{"5-", 7200}}) {
    INFO(text);
    auto limit = parse_time_limit(text);
    REQUIRE(limit.ok());
    CHECK(*limit == TimeLimit::of(Minutes(minutes)));
  }
  for (auto text : {"UNLIMITED", "infinite", "-1", "-5", "-0"}) CHECK(*parse_time_limit(text) == TimeLimit::none());
  CHECK(*parse_duration("30:15") == SecondsLimit::of(Seconds(1815)));
}

TEST_CASE("time limits: what is no duration is refused in one line") {
  for (auto text : {"", "bogus", "abc", "1:2:3:4", "-", "-2:00", "1-:5", "1-2-3", "1:", ":", "5m", "1.5", " 5",
                    "99999999999999999999"}) {
    INFO(text);
    CHECK_FALSE(parse_time_limit(text).ok());
  }
  CHECK(parse_time_limit("bogus").error().code == Errc::invalid_time_limit);
  CHECK(parse_time_limit("bogus").error().message ==
        "\"bogus\" is not a time limit: give minutes, M:S, H:M:S, D-H, D-H:M, D-H:M:S or UNLIMITED");
}

TEST_CASE("durations: short as squeue prints them, long as scontrol does") {
  CHECK(duration_short(Seconds(7)) == "0:07");
  CHECK(duration_short(Seconds(3599)) == "59:59");
  CHECK(duration_short(TimeLimit::of(Minutes(30))) == "30:00");
  CHECK(duration_short(TimeLimit::of(Minutes(60))) == "1:00:00");
  CHECK(duration_short(TimeLimit::of(Minutes(1440))) == "1-00:00:00");
  CHECK(duration_short(TimeLimit::none()) == "UNLIMITED");
  CHECK(duration_short(Seconds(-1)) == "INVALID");
  CHECK(duration_long(Seconds(7)) == "00:00:07");
  CHECK(duration_long(TimeLimit::of(Minutes(15))) == "00:15:00");
  CHECK(duration_long(TimeLimit::of(Minutes(2880))) == "2-00:00:00");
  CHECK(duration_long(TimeLimit::none()) == "UNLIMITED");
}

TEST_CASE("durations: what is printed parses back to the same") {
  for (std::int64_t s : {0, 59, 60, 3600, 86399, 86400, 200000, 31536000}) {
    INFO(s);
    CHECK(*parse_duration(duration_long(Seconds(s))) == SecondsLimit::of(Seconds(s)));
    CHECK(*parse_duration(duration_short(Seconds(s))) == SecondsLimit::of(Seconds(s)));
  }
}
