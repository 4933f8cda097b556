// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/slowdown_order.h"

#include <doctest/doctest.h>

#include "core/schedule/plan.h"
#include "core/schedule/scenario.h"

using namespace slurmxx;

namespace {

constexpr std::int64_t hour = 3'600;

// Eight CPUs that are taken for ten minutes more; the jobs have waited for so many hours.
struct Queue {
  Queue(const std::string& jobs, std::vector<std::int64_t> hours) {
    auto parsed = Scenario::parse(
        "node n1 cpus=8 cores=8 mem=16000\npartition batch nodes=n1 max_time=14400\npolicy no_memory backfill "
        "reserve=1\n"
        "job 1 runs=n1:8 n=8 t=10 left=10\n" +
        jobs);
    REQUIRE_MESSAGE(parsed, parsed.error().message);
    scenario = std::move(*parsed);
    policies = scenario.policies();
    policies.slowdown_order = true;
    for (std::size_t i = 0; i < hours.size(); ++i)
      scenario.jobs().at(i + 1)->times.submitted = Instant() - Seconds(hours[i] * hour);
    view = scenario.view();
  }
  // Who gets the room that becomes free.
  std::uint32_t first() const {
    for (const Decision& decision : plan(view, policies, Instant()))
      if (const auto* wait = std::get_if<Wait>(&decision); wait && wait->expected) return wait->job.value;
    return 0;
  }

  Scenario scenario;
  Policies policies;
  ClusterView view;
};

}  // namespace

TEST_CASE("a short job comes before a long one that has waited as long, whatever the priorities") {
  Queue queue("job 2 n=8 t=600 prio=9\njob 3 n=8 t=10 prio=1\n", {1, 1});
  CHECK(queue.first() == 3);
  queue.policies.slowdown_order = false;
  CHECK(queue.first() == 2);
}

TEST_CASE("of jobs of one length the wider comes first, and the one that has waited longer") {
  CHECK(Queue("job 2 n=4 t=60\njob 3 n=8 t=60\n", {1, 1}).first() == 3);
  CHECK(Queue("job 2 n=8 t=60\njob 3 n=8 t=60\n", {1, 3}).first() == 3);
}

TEST_CASE("whoever has waited for nearly as long as any ever did comes first") {
  Queue queue("job 2 n=8 t=6000\njob 3 n=8 t=1\n", {9, 8});
  queue.view.longest_wait = Seconds(12 * hour);
  CHECK(queue.first() == 3);
  queue.view.longest_wait = Seconds(11 * hour);  // 8.8 hours are enough
  CHECK(queue.first() == 2);
  queue.view.longest_wait = Seconds(0);  // both have waited for more than an hour
  CHECK(queue.first() == 2);
}

TEST_CASE("the work in the queue and on the nodes makes a cluster crowded") {
  const auto order = [](const Queue& queue) { return SlowdownOrder(queue.view, queue.policies, Instant()); };
  CHECK_FALSE(order(Queue("job 2 n=8 t=5380\n", {0})).is_crowded());
  CHECK(order(Queue("job 2 n=8 t=5400\n", {0})).is_crowded());  // 90 hours, and ten minutes of job 1
  CHECK(order(Queue("job 2 n=4 t=10800\n", {0})).is_crowded());
}
