// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/license_calendar.h"

#include <doctest/doctest.h>

using namespace slurmxx;

TEST_CASE("licences come back when jobs end, and what is set aside is not given out twice") {
  LicenseTable table(LicenseCounts{{"a", 4}, {"b", 1}});
  table.take({{"a", 3}});
  LicenseCalendar calendar(table);
  calendar.gives_back({{"a", 2}}, 100);
  calendar.gives_back({{"a", 1}}, 200);
  CHECK(calendar.fits({{"a", 1}}, 0, 1000));
  CHECK_FALSE(calendar.fits({{"a", 2}}, 0, 10));
  CHECK(calendar.earliest({{"a", 3}, {"b", 1}}, 0, 50) == 100);
  CHECK(calendar.earliest({{"a", 4}}, 0, 50) == 200);
  CHECK_FALSE(calendar.earliest({{"a", 5}}, 0, 50));
  CHECK_FALSE(calendar.earliest({{"nosuch", 1}}, 0, 50));
  calendar.take({{"a", 3}}, 100, 150);
  CHECK_FALSE(calendar.fits({{"a", 1}}, 60, 50));
  CHECK(calendar.fits({{"a", 1}}, 60, 40));
  CHECK(calendar.earliest({{"a", 1}}, 60, 50) == 150);
  CHECK(calendar.earliest({{"a", 4}}, 0, forever) == 200);
}
