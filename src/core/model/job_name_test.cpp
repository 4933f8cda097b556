// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/model/job_name.h"
#include "core/model/sluid.h"

#include <doctest/doctest.h>

using namespace slurmxx;

TEST_CASE("a job is named by its id, a component by its leader's and its place") {
  JobSpec spec;
  Job plain, component;
  plain.id = component.id = JobId(13);
  plain.spec = std::make_shared<const JobSpec>(spec);
  spec.het = HetPlace{JobId(12), 1, 2};
  component.spec = std::make_shared<const JobSpec>(spec);
  const auto whole = parse_job_name("12");
  const auto part = parse_job_name("12+1");
  REQUIRE((whole && part));
  CHECK(part->job == JobId(13));
  CHECK(job_name_text(component) == "12+1");
  CHECK(job_name_text(plain) == "13");
  CHECK((whole->means(component) && part->means(component)));
  CHECK_FALSE(part->means(plain));
  CHECK_FALSE(whole->means(plain));
}

TEST_CASE("a task of an array is named by the array's id and its number, those that wait by a list") {
  JobSpec spec;
  spec.array = ArrayRequest{*parse_indices("0-9", 100), 2};
  Job waiting;
  waiting.id = JobId(12);
  waiting.spec = std::make_shared<const JobSpec>(spec);
  waiting.array = ArrayPart{JobId(12), *parse_indices("2-9", 100), false};
  Job task = waiting;
  task.id = JobId(15);
  task.array = ArrayPart{JobId(12), IndexSet(1), true};
  CHECK(job_name_text(waiting) == "12_[2-9%2]");
  CHECK(job_name_text(task) == "12_1");
  const auto all = parse_job_name("12"), one = parse_job_name("12_1"), some = parse_job_name("12_[0,9]");
  REQUIRE((all && one && some));
  CHECK((all->means(waiting) && all->means(task)));
  CHECK((one->means(task) && !one->means(waiting)));
  CHECK((some->means(waiting) && !some->means(task)));
  CHECK(parse_job_name("15")->means(task));
  CHECK_FALSE(parse_job_name("15_1")->means(task));
  CHECK(split_job_names("1,12_[1-3,7],,9") == std::vector<std::string_view>{"1", "12_[1-3,7]", "9"});
}

TEST_CASE("what names no job is refused") {
  for (const char* text : {"", "0", "x", "12+", "12+x", "+1", "12+1+1", "12_", "_1", "12_x", "12_[1", "12_1-3", "0_1",
                           "12_[]", "12_1_2", "4294967295", "4294967294+1"})
    CHECK(parse_job_name(text).error().code == Errc::invalid_job_id);
}

TEST_CASE("a SLUID names the job whose id is in it") {
  const std::string text = sluid_text(Instant(1'700'000'000), JobId(4711));
  const auto name = parse_job_name(text);
  REQUIRE(name.ok());
  CHECK(name->job == JobId(4711));
  CHECK_FALSE(parse_job_name("s0123").ok());
  CHECK_FALSE(parse_job_name("sUUUUUUUUUUUUU").ok());  // no letter of the alphabet it is written in
}

TEST_CASE("a step is named by its number or its word") {
  CHECK(parse_step_id("7") == StepId{7});
  CHECK(parse_step_id("batch") == StepId::batch());
  CHECK(parse_step_id("interactive") == StepId::interactive());
  for (const char* text : {"", "x", "-5", "2147483648"}) CHECK_FALSE(parse_step_id(text).has_value());
}
