// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/model/usage.h"

#include <doctest/doctest.h>

using namespace slurmxx;

TEST_CASE("usage of nodes adds up, and names the highest and the lowest task") {
  StepUsage one;
  one.user_us = 10;
  one.add_task(0, {100, 5000, 9000, 1, 20, 30});
  one.add_task(1, {300, 4000, 9000, 0, 20, 30});
  one.set_node(NodeIndex(3));
  StepUsage other;
  other.system_us = 5;
  other.add_task(2, {200, 7000, 8000, 4, 10, 40});
  other.set_node(NodeIndex(5));
  StepUsage all;
  all.merge(one);
  all.merge(StepUsage{});
  all.merge(other);
  CHECK(all.tasks == 3);
  CHECK(all.user_us == 10);
  CHECK(all.system_us == 5);
  CHECK(all.of(UsageKind::cpu) == UsageFigure{600, 300, 100, NodeIndex(3), NodeIndex(3), 1, 0});
  CHECK(all.of(UsageKind::memory) == UsageFigure{16000, 7000, 4000, NodeIndex(5), NodeIndex(3), 2, 1});
  CHECK(StepUsage{}.of(UsageKind::cpu) == UsageFigure{});
}
