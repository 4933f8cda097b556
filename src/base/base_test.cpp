// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <type_traits>

#include "base/ids.h"
#include "base/result.h"
#include "base/units.h"

using namespace slurmxx;

namespace {
Result<int> half(int n) {
  if (n % 2 != 0) return fail(Errc::bad_task_count, "odd number: give an even one");
  return n / 2;
}
Result<int> quarter(int n) {
  TRY_ASSIGN(int h, half(n));
  return half(h);
}
}  // namespace

TEST_CASE("a result is a value or an error with a code and a line") {
  CHECK(*quarter(8) == 2);
  auto bad = quarter(6);
  REQUIRE_FALSE(bad.ok());
  CHECK(bad.error().code == Errc::bad_task_count);
  CHECK(text_of(bad.error()) == "odd number: give an even one");
  CHECK(text_of(fail(Errc::invalid_job_id)) == "Invalid job id specified");
}

TEST_CASE("ids are types of their own") {
  static_assert(!std::is_convertible_v<JobId, Uid>);
  static_assert(!std::is_convertible_v<JobId, int>);
  CHECK(JobId(3) < JobId(4));
  CHECK(to_string(StepId::batch()) == "batch");
  CHECK(to_string(StepId{7}) == "7");
}

TEST_CASE("durations and instants keep their units") {
  CHECK(Instant(100) - Instant(40) == Seconds(60));
  CHECK(to_seconds(Minutes(2)) == Seconds(120));
  CHECK(TimeLimit::none().allows(Minutes(1'000'000)));
  CHECK_FALSE(TimeLimit::of(Minutes(5)).allows(Minutes(6)));
}
