// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/accounting/retention.h"

#include <doctest/doctest.h>

#include "core/text/instant_text.h"

using namespace slurmxx;

TEST_CASE("how long something is kept: a number of months, or of what stands behind it") {
  for (const auto& [text, wanted] : {std::pair("12", "12months"), std::pair("1month", "1months"),
                                     std::pair("30Days", "30days"), std::pair("24HOUR", "24hours")}) {
    const auto span = parse_keep_span(text);
    REQUIRE(span);
    CHECK(text_of(*span) == wanted);
  }
  CHECK(parse_keep_span("3x").error().message == "Invalid purge unit 'x', valid options are hours, days, or months");
  CHECK_FALSE(parse_keep_span("0days"));
  CHECK_FALSE(parse_keep_span("days"));
  CHECK_FALSE(parse_keep_span(""));
}

TEST_CASE("a purge reaches back to the beginning of a month, day or hour") {
  const Instant now = utc().instant({2026, 3, 15, 10, 20, 30});
  const auto from = [&](const char* span) { return instant_text(kept_from(*parse_keep_span(span), now), utc()); };
  CHECK(from("1") == "2026-02-01T00:00:00");
  CHECK(from("3months") == "2025-12-01T00:00:00");
  CHECK(from("15") == "2024-12-01T00:00:00");
  CHECK(from("1day") == "2026-03-14T00:00:00");
  CHECK(from("12hours") == "2026-03-14T22:00:00");
}
