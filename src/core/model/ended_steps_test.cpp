// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "core/model/ended_steps.h"

using namespace slurmxx;

namespace {

Step step(int id, std::uint32_t status = 0) {
  Step step;
  step.id = StepId{id};
  step.exit.status = status;
  return step;
}

}  // namespace

TEST_CASE("steps that are over are kept in order over many pages, and a copy shares them") {
  EndedSteps steps;
  for (int id = 0; id < 1000; ++id) steps.append(step(id));
  const EndedSteps before = steps;
  steps.append(step(1000));
  CHECK(before.size() == 1000);
  CHECK(steps.size() == 1001);
  CHECK(before.find(StepId{3}) == steps.find(StepId{3}));
  CHECK(before.find(StepId{999}) == steps.find(StepId{999}));
  CHECK_FALSE(before.find(StepId{1000}));
  std::int32_t next = 0;
  steps.for_each([&](const Step& one) { CHECK(one.id.value == next++); });
  CHECK(next == 1001);
}

TEST_CASE("of two steps of one id the later is found, and all can be written anew") {
  EndedSteps steps;
  steps.append(step(-6, 1));
  steps.append(step(-6, 2));
  REQUIRE(steps.find(StepId{-6}));
  CHECK(steps.find(StepId{-6})->exit.status == 2);
  const EndedSteps before = steps;
  steps.rewrite([](Step& one) { one.tasks = 7; });
  CHECK(steps.find(StepId{-6})->tasks == 7);
  CHECK(before.find(StepId{-6})->tasks == 0);
  steps.clear();
  CHECK(steps.size() == 0);
}
