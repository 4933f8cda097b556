// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/cron/cron_time.h"

#include <doctest/doctest.h>

#include <string>

#include "core/text/instant_text.h"

using namespace slurmxx;

namespace {

// One hour ahead of UTC, two between the summer days; the clock changes at 1:00 UTC, as in Berlin.
class Berlin2026 final : public TimeZone {
 public:
  CivilTime civil(Instant instant) const override { return utc().civil(instant + Seconds(offset(instant))); }
  Instant instant(const CivilTime& civil) const override {
    const Instant as_utc = utc().instant(civil);
    const Instant winter = Instant(as_utc.seconds - 3600);
    const Instant summer = Instant(as_utc.seconds - 7200);
    return offset(summer) == 7200 ? summer : winter;
  }

 private:
  static std::int64_t offset(Instant instant) {
    const Instant begin = utc().instant({2026, 3, 29, 1, 0, 0});
    const Instant end = utc().instant({2026, 10, 25, 1, 0, 0});
    return instant >= begin && instant < end ? 7200 : 3600;
  }
};

std::string next(std::string_view when, const CivilTime& after, const TimeZone& zone = utc()) {
  const auto time = CronTime::parse(when);
  REQUIRE_MESSAGE(time.ok(), (time.ok() ? "" : time.error().message));
  const auto found = time->next_after(zone.instant(after), zone);
  return found ? instant_text(*found, zone) : "never";
}

std::string refusal(std::string_view when) {
  const auto time = CronTime::parse(when);
  return time ? "" : time.error().message;
}

const CivilTime thursday{2026, 11, 26, 10, 30, 15};

}  // namespace

TEST_CASE("cron: the next minute that all fields mean") {
  CHECK(next("* * * * *", thursday) == "2026-11-26T10:31:00");
  CHECK(next("*/15 * * * *", thursday) == "2026-11-26T10:45:00");
  CHECK(next("30 10 * * *", {2026, 11, 26, 10, 30, 0}) == "2026-11-27T10:30:00");
  CHECK(next("0 8-17/2 * * wed", thursday) == "2026-12-02T08:00:00");
  CHECK(next("1-5,30 8-17/2 * * wed", {2026, 12, 2, 8, 5, 0}) == "2026-12-02T08:30:00");
  CHECK(next("0 0 1 jan *", thursday) == "2027-01-01T00:00:00");
  CHECK(next("59 23 31 12 *", thursday) == "2026-12-31T23:59:00");
}

TEST_CASE("cron: words stand for fields") {
  CHECK(next("@hourly", thursday) == "2026-11-26T11:00:00");
  CHECK(next("@daily", thursday) == "2026-11-27T00:00:00");
  CHECK(next("@Midnight", thursday) == "2026-11-27T00:00:00");
  CHECK(next("@weekly", thursday) == "2026-11-29T00:00:00");
  CHECK(next("@monthly", thursday) == "2026-12-01T00:00:00");
  CHECK(next("@annually", thursday) == "2027-01-01T00:00:00");
}

TEST_CASE("cron: either day is enough where both are given, and 7 is Sunday") {
  CHECK(next("0 0 13 * 5", thursday) == "2026-11-27T00:00:00");
  CHECK(next("0 0 13 * 5", {2026, 12, 12, 1, 0, 0}) == "2026-12-13T00:00:00");
  CHECK(next("0 0 */2 * 0", thursday) == "2026-11-29T00:00:00");
  CHECK(next("0 0 * * 7", thursday) == "2026-11-29T00:00:00");
  CHECK(next("0 0 * * 5-7", {2026, 11, 27, 1, 0, 0}) == "2026-11-28T00:00:00");
}

TEST_CASE("cron: leap days come, and what is in no calendar never does") {
  CHECK(next("0 0 29 2 *", thursday) == "2028-02-29T00:00:00");
  CHECK(next("0 0 29 2 *", {2096, 3, 1, 0, 0, 0}) == "2104-02-29T00:00:00");
  CHECK(next("0 0 30 2 *", thursday) == "never");
}

TEST_CASE("cron: an hour that is skipped is made up for, one that comes twice counts once unless the hour is open") {
  const Berlin2026 berlin;
  CHECK(next("30 2 * * *", {2026, 3, 29, 1, 0, 0}, berlin) == "2026-03-29T03:30:00");
  CHECK(next("30 2 * * *", {2026, 3, 29, 4, 0, 0}, berlin) == "2026-03-30T02:30:00");
  CHECK(next("0 * * * *", {2026, 3, 29, 1, 30, 0}, berlin) == "2026-03-29T03:00:00");
  CHECK(next("30 2 * * *", {2026, 10, 25, 2, 30, 0}, berlin) == "2026-10-26T02:30:00");
  const auto hourly = CronTime::parse("@hourly");
  const Instant twice = berlin.instant({2026, 10, 25, 2, 0, 0});
  CHECK(hourly->next_after(twice, berlin) == twice + Seconds(3600));
  CHECK(hourly->next_after(twice + Seconds(3600), berlin) == twice + Seconds(7200));
}

TEST_CASE("cron: what is no time is named") {
  CHECK(refusal("60 * * * *") == "minute 60: 0 to 59 is wanted, as *, 5, 1-5, */10 or a list of those");
  CHECK(refusal("* * 0 * *").starts_with("day of month 0: "));
  CHECK(refusal("* * * foo *").starts_with("month foo: "));
  CHECK(refusal("5-1 * * * *").starts_with("minute 5-1: "));
  CHECK(refusal("5/2 * * * *").starts_with("minute 5/2: "));
  CHECK(refusal("*/0 * * * *").starts_with("minute */0: "));
  CHECK(refusal("1,,2 * * * *").starts_with("minute : "));
  CHECK(refusal("* * * *").find("five fields") != std::string::npos);
  CHECK(refusal("@sometimes").starts_with("@sometimes: "));
}
