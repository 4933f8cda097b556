// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/accounting/tres_use.h"

#include <doctest/doctest.h>

using namespace slurmxx;
using Kind = TresHours::Kind;

TEST_CASE("what a cluster has is allocated, down, planned or idle, hour by hour") {
  TresHours hours(Instant(7200), Instant(7200 + 2 * 3600));
  hours.add(Kind::total, Instant(0), Instant(1'000'000), 8);
  hours.add(Kind::allocated, Instant(0), Instant(7200 + 1800), 4);           // half of the first hour
  hours.add(Kind::down, Instant(7200 + 3600), Instant(7200 + 2 * 3600), 2);  // the second
  hours.add(Kind::wanted, Instant(7200 + 1800), Instant(7200 + 3600), 100);  // more than is there
  const TresUse use = hours.sum();
  CHECK(use.total == 8u * 7200);
  CHECK(use.allocated == 4u * 1800);
  CHECK(use.down == 2u * 3600);
  CHECK(use.planned == 8u * 3600 - 4u * 1800);  // all that was idle in the hour
  CHECK(use.overcommitted == 100u * 1800 - use.planned);
  CHECK(use.idle() == 6u * 3600);
}

TEST_CASE("more than the cluster has is not reported, and an empty window has nothing") {
  TresHours hours(Instant(0), Instant(3600));
  hours.add(Kind::total, Instant(0), Instant(3600), 2);
  hours.add(Kind::allocated, Instant(0), Instant(3600), 3);
  hours.add(Kind::down, Instant(0), Instant(3600), 1);
  CHECK(hours.sum() == TresUse{7200, 7200, 0, 0, 0, 0});
  TresHours none(Instant(3600), Instant(3600));
  none.add(Kind::total, Instant(0), Instant(7200), 2);
  CHECK(none.sum() == TresUse{});
}
