// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/outlook.h"

#include <doctest/doctest.h>

#include "core/schedule/scenario.h"

using namespace slurmxx;

namespace {

Outlook outlook(const std::string& text) {
  const auto scenario = Scenario::parse("node n[1-2] cpus=4\npartition p nodes=n[1-2]\npolicy no_memory\n" + text);
  REQUIRE_MESSAGE(scenario.ok(), text_of(scenario.error()));
  const ClusterView view = scenario->view();
  return outlook_of(view, scenario->policies(), plan(view, scenario->policies(), Instant(0)), Instant(0));
}

constexpr std::int64_t minute = 60;

}  // namespace

TEST_CASE("a plan holds until a time limit ends, a begin time comes or someone is content with less") {
  const std::string taken = "policy backfill\njob 1 runs=n1:4,n2:4 left=10\n";
  CHECK(outlook(taken + "job 2 N=2").next == Instant(10 * minute));
  CHECK_FALSE(outlook(taken + "job 2 N=2").drifts);
  CHECK(outlook(taken + "job 2 N=2 begin=100").next == Instant(100));
  CHECK(outlook(taken + "topology tree s1=n1 s2=n2 s0=s[1-2]\njob 2 N=2 switches=1 wait=60").next == Instant(60));
}

TEST_CASE("what starts in the plan ends some time, too") {
  const Outlook found = outlook("policy backfill\njob 1 N=2 exclusive t=7\njob 2 N=2 t=5");
  CHECK(found.next == Instant(7 * minute));
  CHECK_FALSE(found.drifts);
}

TEST_CASE("a plan drifts where someone overstays, clears his nodes, or a reservation or the window's end is near") {
  const std::string waits = "job 2 N=2 exclusive\n";
  CHECK(outlook("job 1 runs=n1:4 left=0\n" + waits).drifts);
  CHECK(outlook("job 1 runs=n1:4 left=10 leaving\n" + waits).drifts);
  CHECK(outlook("job 1 runs=n1:4 left=10\nreservation r nodes=n1 from=60 to=120\n" + waits).drifts);
  CHECK(outlook("policy backfill window=5\njob 1 runs=n1:4 left=10\n" + waits).drifts);
  CHECK_FALSE(outlook("policy backfill window=15\njob 1 runs=n1:4 left=10\n" + waits).drifts);
  CHECK_FALSE(outlook("job 1 runs=n1:4 left=10\n" + waits).drifts);
}

TEST_CASE("who is to make room is asked again in a second") {
  const Outlook found = outlook(
      "partition urgent nodes=n[1-2] tier=9\npolicy backfill\npolicy preempt=partition_prio mode=cancel\n"
      "job 1 partition=p runs=n1:4,n2:4 left=10\njob 2 partition=urgent N=2 exclusive");
  CHECK(found.next == Instant(1));
  CHECK(found.drifts);
}

TEST_CASE("of two looks at parts of the queue the nearer moment counts") {
  Outlook one{Instant(5), false};
  one.join({Instant(3), true});
  CHECK(one.next == Instant(3));
  CHECK(one.drifts);
  one.join({});
  CHECK(one.next == Instant(3));
}
