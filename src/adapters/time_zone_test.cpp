// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/time_zone.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

#include "core/text/instant_text.h"

using namespace slurmxx;

TEST_CASE("the local time zone follows TZ, daylight saving included") {
  std::string before = std::getenv("TZ") != nullptr ? std::getenv("TZ") : "";
  ::setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
  LocalTimeZone zone;
  CHECK(instant_text(Instant(1774000000), zone) == "2026-03-20T10:46:40");  // winter
  CHECK(instant_text(Instant(1780000000), zone) == "2026-05-28T22:26:40");  // summer
  CHECK(zone.instant(zone.civil(Instant(1780000000))) == Instant(1780000000));
  CHECK(zone.instant({2026, 3, 30, 12, 0, 0}) - zone.instant({2026, 3, 28, 12, 0, 0}) == Seconds(47 * 3600));
  // A day's length is the zone's affair: noon tomorrow is noon, over the change of the clocks too.
  auto saturday = zone.instant({2026, 3, 28, 13, 0, 0});
  CHECK(instant_text(*parse_instant("noon", {saturday, zone}), zone) == "2026-03-29T12:00:00");
  before.empty() ? ::unsetenv("TZ") : ::setenv("TZ", before.c_str(), 1);
  LocalTimeZone restored;
  CHECK(restored.instant(restored.civil(Instant(1780000000))) == Instant(1780000000));
}
