// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/time_style.h"

#include <doctest/doctest.h>

#include "adapters/time_zone.h"
#include "core/text/instant_text.h"

using namespace slurmxx;

TEST_CASE("SLURM_TIME_FORMAT chooses how instants are written") {
  const Instant now(1795000000);
  auto written = [&](const std::string& style, Instant instant) {
    auto zone = styled_zone(std::make_unique<LocalTimeZone>(), style, now);
    REQUIRE(zone);
    return instant_text(instant, **zone);
  };
  const LocalTimeZone plain;
  CHECK(written("", now) == instant_text(now, plain));
  CHECK(written("standard", now) == instant_text(now, plain));
  CHECK(written("relative", now) == clock_text(now, plain));
  CHECK(written("%s", now) == "1795000000");
  CHECK(written("at %T", now) == "at " + clock_text(now, plain));
  auto refused = styled_zone(std::make_unique<LocalTimeZone>(), "foo", now);
  REQUIRE_FALSE(refused);
  CHECK(text_of(refused.error()) == "invalid SLURM_TIME_FORMAT = 'foo'");
}
