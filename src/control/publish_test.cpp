// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/cluster_fixture.h"

#include <doctest/doctest.h>

using namespace slurmxx;
using namespace slurmxx::testing;

TEST_CASE("a second in which nothing happens shows the same picture, and whatever happens another") {
  Cluster c;
  c.all_up();
  const JobId held = c.submit(alice, [&] {
    SubmitRequest request = c.job();
    request.spec.policy.hold = true;
    return request;
  }());
  c.pass(10);
  auto last = c.controller->publish();
  const auto changed = [&] { return std::exchange(last, c.controller->publish()) != last; };
  for (int i = 0; i < 10; ++i) {
    c.pass(1);
    CHECK(!changed());
  }
  CHECK(c.ask(alice, JobsRequest{}).index() == ClientReply(JobsReply{}).index());
  CHECK(!changed());
  c.submit(alice, c.job());
  CHECK(changed());
  c.report(1, Heartbeat{});
  CHECK(changed());
  CHECK(c.refused(admin, StatisticsRequest{true}) == Errc::ok);  // counts from now on
  CHECK(changed());
  CHECK(!changed());
  CHECK(last->state.find(held)->state == JobState::pending);
}
