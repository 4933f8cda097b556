// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/plan_clock.h"

#include "control/cluster_fixture.h"

using namespace slurmxx;
using namespace slurmxx::testing;

namespace {

using Look = PlanClock::Look;

constexpr PlanClock::Pauses pauses{Millis(10), Millis(100)};

// What is due; if anything is, it is done.
Look look(PlanClock& clock, std::int64_t millis, bool head_will_do = false, const Outlook& outlook = {}) {
  const MonoTime mono(millis);
  const Look due = clock.due(mono, Instant(millis / 1000), head_will_do);
  if (due == Look::none) return due;
  clock.began(due, mono, pauses);
  clock.ended(outlook, false);
  return due;
}

struct Watched : Cluster {
  explicit Watched(const std::string& more) {
    begin_with(patient_conf() + more);
    all_up();
  }
  std::uint64_t passes() { return controller->publish()->statistics.main.count; }
  // Passes made while so many seconds go by, second by second.
  std::uint64_t passes_in(std::int64_t more) {
    const std::uint64_t before = passes();
    for (std::int64_t i = 0; i < more; ++i) pass(1);
    return passes() - before;
  }
  JobId exclusive(std::uint32_t nodes, std::int64_t minutes, std::int32_t nice = 0) {
    SubmitRequest request = job(nodes);
    request.spec.placement.sharing = Sharing::exclusive;
    request.spec.times.limit = TimeLimit::of(Minutes(minutes));
    request.spec.policy.nice = nice;
    return submit(alice, request);
  }
};

}  // namespace

TEST_CASE("without a change and without a moment foreseen there is one look and no other") {
  PlanClock clock;
  CHECK(look(clock, 0) == Look::whole);
  CHECK(look(clock, 1000) == Look::none);
  CHECK(look(clock, 1'000'000) == Look::none);
  CHECK_FALSE(clock.next(false));
  clock.changed();
  CHECK(look(clock, 1'000'001) == Look::whole);
}

TEST_CASE("changes right after a pass wait for the pause; the head may be looked at sooner, and the rest comes then") {
  PlanClock clock;
  CHECK(look(clock, 0) == Look::whole);
  clock.changed();
  CHECK(look(clock, 5, true) == Look::none);
  CHECK(clock.next(true) == MonoTime(10));
  CHECK(look(clock, 10, true) == Look::head);
  CHECK(clock.next(true) == MonoTime(100));
  CHECK(look(clock, 50, true) == Look::none);
  CHECK(look(clock, 100, true) == Look::whole);
  CHECK_FALSE(clock.next(true));
}

TEST_CASE("a moment that was foreseen makes one pass; one at the head alone adds to what is known") {
  PlanClock clock;
  CHECK(look(clock, 0, false, {Instant(60), false}) == Look::whole);
  CHECK(look(clock, 59'999) == Look::none);
  CHECK(look(clock, 60'000, false, {Instant(90), false}) == Look::whole);
  clock.changed();
  CHECK(look(clock, 60'050, true, {Instant(80), false}) == Look::head);
  CHECK(look(clock, 60'100, true, {Instant(90), true}) == Look::whole);
  CHECK(clock.drifts());
  CHECK(look(clock, 89'000, true) == Look::none);
  CHECK(look(clock, 90'000, true) == Look::whole);
  CHECK_FALSE(clock.drifts());
}

TEST_CASE("intervals are those of bf_interval and sched_interval, the shorter one") {
  const auto of = [](std::vector<std::string> words) { return look_interval(parse_scheduler_parameters(words)); };
  CHECK(of({}) == Seconds(30));
  CHECK(of({"bf_interval=120"}) == Seconds(60));
  CHECK(of({"bf_interval=120", "sched_interval=-1"}) == Seconds(120));
  CHECK(of({"bf_interval=-1", "sched_interval=90"}) == Seconds(90));
  CHECK(of({"bf_interval=-1", "sched_interval=-1"}) == Seconds(60));
  PlanClock clock;
  CHECK(clock.is_interval_over(MonoTime(0), Seconds(30)));
  CHECK_FALSE(clock.is_interval_over(MonoTime(29'999), Seconds(30)));
  CHECK(clock.is_interval_over(MonoTime(30'000), Seconds(30)));
}

TEST_CASE("nobody plans while nothing changes, and expected starts stay right") {
  Watched c("");
  const JobId running = c.exclusive(4, 30);
  const JobId waiting = c.exclusive(4, 10);
  REQUIRE(c.job_of(running).state == JobState::running);
  c.pass(1);
  CHECK(c.passes_in(600) == 0);
  const auto expected = c.controller->publish()->reasons->find(waiting);
  REQUIRE(expected);
  REQUIRE(expected->expected);
  CHECK(expected->expected->start == *c.job_of(running).times.limit_at);
}

TEST_CASE("a begin time that passes makes a pass") {
  Watched c("");
  SubmitRequest later = c.job();
  later.spec.times.begin = Instant(c.seconds + 100);
  const JobId job = c.submit(alice, later);
  CHECK(c.passes_in(99) <= 1);
  CHECK(c.job_of(job).state == JobState::pending);
  c.pass(1);
  CHECK(c.job_of(job).state == JobState::running);
}

TEST_CASE("ages make a pass only where they change the order, and no sooner than the interval is over") {
  Watched c("PriorityWeightAge=1000\nPriorityMaxAge=16:40\n");  // a point a second
  c.exclusive(4, 60);
  const JobId first = c.exclusive(4, 10, 500);
  c.pass(200);
  const JobId second = c.exclusive(4, 10, 500);
  c.pass(1);
  CHECK(c.passes_in(600) == 0);  // both grow older alike
  const auto start = [&](JobId job) { return c.controller->publish()->reasons->find(job)->expected->start; };
  CHECK(start(first) < start(second));
  SubmitRequest nicer = c.job(4);
  nicer.spec.placement.sharing = Sharing::exclusive;
  nicer.spec.policy.nice = 450;
  const JobId third = c.submit(bob, nicer);  // 200 points behind: the others are over the age of any gain soon
  c.pass(1);
  CHECK(start(second) < start(third));
  CHECK(c.passes_in(1000) >= 1);
  CHECK(start(third) < start(first));
}

TEST_CASE("steps that come and go are no reason to plan") {
  Watched c("");
  const JobId running = c.exclusive(4, 30);
  c.exclusive(4, 10);
  c.pass(1);
  const std::uint64_t before = c.passes();
  StepRequest step;
  step.job = running;
  step.command.arguments = {"hostname"};
  c.ask(alice, step);
  CHECK(c.job_of(running).steps.size() == 1);
  CHECK(c.passes() == before);
}
