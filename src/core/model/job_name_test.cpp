// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/model/job_name.h"

#include <doctest/doctest.h>

using namespace slurmxx;

TEST_CASE("a job is named by its id, a component by its leader's and its place") {
  JobSpec component;
  component.het = HetPlace{JobId(12), 1, 2};
  const auto whole = parse_job_name("12");
  const auto part = parse_job_name("12+1");
  REQUIRE((whole && part));
  CHECK(part->job == JobId(13));
  CHECK(job_name_text(JobId(13), component) == "12+1");
  CHECK(job_name_text(JobId(13), JobSpec()) == "13");
  CHECK((whole->means(JobId(13), component) && part->means(JobId(13), component)));
  CHECK_FALSE(part->means(JobId(13), JobSpec()));
  CHECK_FALSE(whole->means(JobId(13), JobSpec()));
}

TEST_CASE("what names no job is refused") {
  for (const char* text : {"", "0", "x", "12+", "12+x", "+1", "12+1+1", "4294967295", "4294967294+1"})
    CHECK(parse_job_name(text).error().code == Errc::invalid_job_id);
}

TEST_CASE("a step is named by its number or its word") {
  CHECK(parse_step_id("7") == StepId{7});
  CHECK(parse_step_id("batch") == StepId::batch());
  CHECK(parse_step_id("interactive") == StepId::interactive());
  for (const char* text : {"", "x", "-5", "2147483648"}) CHECK_FALSE(parse_step_id(text).has_value());
}
