// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Situations as drawings (scenario.h), and what holds a job in them: all of it.
#include "core/schedule/explain.h"

#include <functional>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "core/schedule/scenario.h"

using namespace slurmxx;

namespace {

const std::string cluster =
    "node n[1-2] cpus=8 cores=4 mem=16000 features=intel\n"
    "node n[3-4] cpus=8 cores=4 mem=16000 features=amd\n"
    "partition batch nodes=n[1-4] max_time=1440\n"
    "partition few nodes=n[1-2] max_time=60 max_nodes=1\n"
    "policy unit=cpu mem_per_cpu=500\n";

using Shows = std::function<bool(const Job&)>;

Explanation explained(
    const std::string& drawing, std::uint32_t id, const Shows& shows = [](const Job&) { return true; }) {
  const auto scenario = Scenario::parse(cluster + drawing);
  REQUIRE_MESSAGE(scenario, scenario.error().message);
  const ClusterView view = scenario->view();
  std::vector<Decision> decisions = plan(view, scenario->policies(), Instant(0));
  const LastPass last{[&](JobId job) {
                        for (const Decision& one : decisions)
                          if (const Wait* wait = std::get_if<Wait>(&one); wait && wait->job == job) return wait;
                        return static_cast<const Wait*>(nullptr);
                      },
                      Instant(0), shows};
  for (std::size_t place = 0; place < view.pending.size(); ++place)
    if (view.pending[place].job->id == JobId(id)) return explain(view, scenario->policies(), place, last);
  FAIL("the job does not wait");
  return {};
}

std::string gates_text(const std::vector<Gate>& gates) {
  std::string text;
  for (const Gate& gate : gates) {
    text += (text.empty() ? "" : "; ") + gate.reason;
    if (!gate.what.empty()) text += fmt::format(" {} {}/{}", gate.what, gate.need, gate.have);
  }
  return text;
}

// The first gates hold whatever the partition, or are what the last pass said.
// "own gates | partition: its gates | elsewhere unavailable unsuitable too_small busy free"
std::string summary(const Explanation& found) {
  std::string text = gates_text(found.gates);
  for (const PartitionExplained& one : found.partitions) {
    const NodeFunnel& n = one.nodes;
    CHECK(n.sum() == 4);
    text += fmt::format(" | {}: {} | {} {} {} {} {} {}", one.name, gates_text(one.gates), n.elsewhere, n.unavailable,
                        n.unsuitable, n.too_small, n.busy, n.free);
  }
  return text;
}

struct Situation {
  const char* name;
  const char* drawing;  // job 1 is the one
  const char* found;
};

constexpr Situation situations[] = {
    {"nothing holds it", "job 1 partition=batch", " | batch:  | 0 0 0 0 0 4"},
    {"held by its user", "job 1 partition=batch held", "JobHeldUser | batch:  | 0 0 0 0 0 4"},
    {"held by an administrator", "job 1 partition=batch admin_held", "JobHeldAdmin | batch:  | 0 0 0 0 0 4"},
    {"waits for another job", "job 1 partition=batch dependent", "Dependency | batch:  | 0 0 0 0 0 4"},
    {"its time has not come", "job 1 partition=batch begin=100", "BeginTime unix time 100/0 | batch:  | 0 0 0 0 0 4"},
    {"held, dependent and early at once", "job 1 partition=batch held dependent begin=100",
     "JobHeldUser; Dependency; BeginTime unix time 100/0 | batch:  | 0 0 0 0 0 4"},
    {"as many of its tasks run as may", "job 1 partition=batch array=0-9 may_start=0",
     "JobArrayTaskLimit | batch:  | 0 0 0 0 0 4"},
    {"more nodes than the partition gives", "job 1 partition=few N=2 n=2",
     " | few: PartitionNodeLimit nodes 2/1 | 2 0 0 0 0 2"},
    {"longer than the partition allows, and too wide", "job 1 partition=few N=2 n=2 t=90",
     " | few: PartitionNodeLimit nodes 2/1; PartitionTimeLimit minutes 90/60 | 2 0 0 0 0 2"},
    {"one partition forbids it, the other is free", "job 1 partition=few,batch t=90",
     " | few: PartitionTimeLimit minutes 90/60 | 2 0 0 0 0 2 | batch:  | 0 0 0 0 0 4"},
    {"no node has its feature", "job 1 partition=batch C=gpu", " | batch: BadConstraints | 0 0 4 0 0 0"},
    {"nodes with its feature are busy", "job 2 partition=batch runs=n1:8,n2:8 left=10\njob 1 partition=batch C=intel",
     " | batch: Resources nodes with room for a task 1/0 | 0 0 2 0 2 0"},
    {"all nodes are busy", "job 2 partition=batch runs=n1:8,n2:8,n3:8,n4:8 left=10\njob 1 partition=batch",
     " | batch: Resources nodes with room for a task 1/0 | 0 0 0 0 4 0"},
    {"one node short", "job 2 partition=batch runs=n1:8 left=10\njob 1 partition=batch N=4 n=4",
     " | batch: Resources nodes with room for a task 4/3 | 0 0 0 0 1 3"},
    {"too much memory for any node", "job 1 partition=batch mem=20000",
     "BadConstraints | batch: Resources nodes with room for a task 1/0 | 0 0 0 4 0 0"},
    {"its nodes are excluded", "job 1 partition=batch x=n[1-3] N=2 n=2",
     "BadConstraints | batch: Resources nodes with room for a task 2/1 | 0 0 3 0 0 1"},
    {"the node it wants is taken", "job 2 partition=batch runs=n2:8 left=10\njob 1 partition=batch w=n2",
     " | batch: Resources nodes of --nodelist with room 1/0 | 0 0 3 0 1 0"},
    {"one of those it wants is taken, another may be added",
     "job 2 partition=batch runs=n2:8 left=10\njob 1 partition=batch w=n2 N=2 n=2",
     " | batch: Resources nodes of --nodelist with room 1/0 | 0 0 0 0 1 3"},
    {"all of its tasks on one node, and none has so much free",
     "job 2 partition=batch runs=n1:4,n2:8,n3:8,n4:8 left=10\njob 1 partition=batch N=1 n=6",
     " | batch: Resources room for tasks 6/4 | 0 0 0 0 4 0"},
    {"another user has the nodes alone",
     "job 2 partition=batch runs=n1:1,n2:1,n3:1,n4:1 left=10 user_exclusive user=7\njob 1 partition=batch user=8",
     " | batch: Resources; Resources nodes with room for a task 1/0 | 0 0 0 0 4 0"},
    {"two nodes are reserved for others, and it asks for all",
     "reservation r nodes=n[1-2] from=0 to=60\njob 1 partition=batch N=4 n=4",
     " | batch: ReqNodeNotAvail, May be reserved for other job; Resources nodes with room for a task 4/2 | 0 0 0 0 2 "
     "2"},
    {"a node is reserved for others for a while, and all of them for maintenance long after it",
     "reservation r nodes=n1 from=0 to=10\nreservation m nodes=n[1-4] from=2880 to=3000 maint\n"
     "job 1 partition=batch t=40 w=n1",
     "ReqNodeNotAvail, May be reserved for other job | batch:  | 0 0 3 0 1 0"},
    {"cores of a node are reserved, the others are free",
     "reservation r nodes=n1 from=0 to=60 cores=0-5\njob 1 partition=batch c=3 w=n1",
     " | batch: ReqNodeNotAvail, May be reserved for other job; Resources nodes with room for a task 1/0 | 0 0 3 0 1 "
     "0"},
    {"cores of a node are reserved, and it needs all of it",
     "reservation r nodes=n1 from=0 to=60 cores=0-5\njob 1 partition=batch c=8 w=n1",
     " | batch: ReqNodeNotAvail, May be reserved for other job; Resources nodes with room for a task 1/0 | 0 0 3 0 1 "
     "0"},
    {"cores of a node are reserved, and it is too large for all of it",
     "reservation r nodes=n1 from=0 to=60 cores=0-5\njob 1 partition=batch mem=20000 w=n1",
     "BadConstraints | batch: ReqNodeNotAvail, May be reserved for other job; Resources nodes with room for a task 1/0 "
     "| "
     "0 0 3 1 0 0"},
    {"nodes would have to be booted for it, and may not yet", "boot n[1-4] a,b\njob 1 partition=batch C=a delay_boot=5",
     " | batch: Resources | 0 0 0 0 0 4"},
    {"what a job that stands aside has left is not for it",
     "policy preempt=partition_prio mode=suspend\njob 2 partition=batch runs=n1:8 left=10 aside\n"
     "job 1 partition=batch w=n1",
     " | batch: Resources nodes of --nodelist with room 1/0 | 0 0 3 0 1 0"},
    {"behind a job that waits for all nodes",
     "policy backfill window=1440\njob 2 partition=batch runs=n1:8 left=10\n"
     "job 3 partition=batch prio=9 N=4 n=4 c=8 t=60\njob 1 partition=batch prio=1 c=8 t=60",
     " | batch: Priority | 0 0 0 0 1 3"},
};

}  // namespace

TEST_CASE("explain: every gate that holds a job, in situations drawn as text") {
  for (const Situation& one : situations) {
    CAPTURE(one.name);
    CHECK(summary(explained(one.drawing, 1)) == one.found);
  }
}

TEST_CASE("explain: names the jobs that it depends on, the tasks that run and who has the licences") {
  const auto detail = [](const std::string& drawing) {
    const Explanation found = explained(drawing, 1);
    return found.gates.empty() ? "" : found.gates.front().detail;
  };
  CHECK(detail("job 1 partition=batch array=0-9 may_start=0 throttle=2")
            .starts_with("0 tasks of the array run, at most 2"));
  CHECK(detail("licenses matlab:4\njob 2 partition=batch runs=n1:1 left=10 licenses=matlab:3\n"
               "job 1 partition=batch licenses=matlab:2") ==
        "it asks for matlab:2; matlab: 1 of 4 free, in use by job 2 (3)");
  CHECK(detail("licenses matlab:4\nreservation r nodes=n1 from=0 to=20 licenses=matlab:3\n"
               "job 1 partition=batch t=10 licenses=matlab:2") ==
        "it asks for matlab:2; matlab: 4 of 4 free, reservation r keeps 3 for 20:00 yet");
  CHECK(detail("job 1 partition=batch dependency=afterok:12,afterany:13") ==
        "it waits for afterok:12(unfulfilled),afterany:13(unfulfilled)");
  CHECK(detail("job 2 partition=batch runs=n1:1 left=10\njob 3 partition=batch\njob 1 partition=batch "
               "dependency=singleton") == "it waits for singleton(unfulfilled)");
}

TEST_CASE("explain: a start that comes too late for the deadline") {
  const std::string drawing =
      "policy backfill window=1440\njob 2 partition=batch runs=n1:8,n2:8,n3:8,n4:8 left=10\n"
      "job 1 partition=batch t=1 deadline=";
  CHECK(explained(drawing + "100", 1).latest == Instant(40));
  CHECK_FALSE(explained(drawing + "1000", 1).latest);
}

TEST_CASE("explain: nodes that are down, and a partition that is") {
  const Explanation found = explained(
      "node n9 cpus=8 mem=16000 down\nnode n8 cpus=8 mem=16000 drain\n"
      "partition closed nodes=n[1-4],n8,n9 state=down\n"
      "job 1 partition=closed N=5 n=5",
      1);
  REQUIRE(found.partitions.size() == 1);
  const PartitionExplained& one = found.partitions[0];
  CHECK(gates_text(one.gates) == "PartitionDown; Resources nodes with room for a task 5/4");
  CHECK(one.unavailable == "n[8-9]");
  CHECK(one.nodes.unavailable == 2);
  CHECK(one.nodes.free == 4);
  CHECK(one.nodes_needed == 5);
}

TEST_CASE("explain: who is in the way, who is ahead, and when it is expected to start") {
  const std::string drawing =
      "policy backfill window=1440\n"
      "job 2 partition=batch runs=n1:8 left=30\njob 3 partition=batch runs=n2:8 left=10\n"
      "job 4 partition=batch prio=9 held\njob 5 partition=batch prio=8 N=4 n=4 c=8 t=60\n"
      "job 1 partition=batch prio=1 N=4 n=4 c=8 t=60\n";
  const Explanation found = explained(drawing, 1);
  REQUIRE(found.partitions.size() == 1);
  const PartitionExplained& one = found.partitions[0];
  CHECK(one.in_the_way == std::vector{JobId(3), JobId(2)});
  CHECK(one.ahead == 1);  // one that is held is in nobody's way
  CHECK(one.first_ahead == JobId(5));
  CHECK(found.shown == "Priority");
  CHECK(std::ranges::count(found.gates, "job 5 is ahead of it", &Gate::detail) == 1);
  const Explanation hidden = explained(drawing, 1, [](const Job& job) { return job.id != JobId(5); });
  CHECK(std::ranges::count(hidden.gates, "another job is ahead of it", &Gate::detail) == 1);
  CHECK(hidden.partitions[0].first_ahead == JobId());
  CHECK(found.expected_start == Instant(90 * 60));
  CHECK(found.expected_nodes == "n[1-4]");
}

TEST_CASE("explain: who waits for --begin alone is expected then") {
  CHECK(explained("job 1 partition=batch begin=100", 1).expected_start == Instant(100));
  CHECK(!explained("job 1 partition=batch held begin=100", 1).expected_start);
}

TEST_CASE("explain: a shorter limit that would let a job pass, and that none is named which would not") {
  const std::string before =
      "policy backfill window=1440\njob 2 partition=batch runs=n1:8 left=30\n"
      "job 3 partition=batch prio=9 N=4 n=4 c=8 t=60\njob 1 partition=batch prio=1 c=8 t=";
  CHECK(explained(before + "60", 1).partitions[0].limit_minutes == 30);
  const auto shorter = Scenario::parse(cluster + before + "30");
  REQUIRE(shorter.ok());
  const auto lines = shorter->planned();
  CHECK(std::any_of(lines.begin(), lines.end(), [](const auto& line) { return line.starts_with("start 1 "); }));
}

TEST_CASE("explain: who would go for licences") {
  const Explanation found = explained(
      "policy preempt=partition_prio mode=cancel reclaim_licenses\nlicenses matlab:4\n"
      "partition first nodes=n[1-4] tier=9\njob 2 partition=batch runs=n1:1 left=10 licenses=matlab:3\n"
      "job 1 partition=first licenses=matlab:2",
      1);
  REQUIRE(found.partitions.size() == 1);
  CHECK(found.partitions[0].preempted == std::vector{JobId(2)});
}

TEST_CASE("explain: who is in the units that a job is to have to itself, and who would go") {
  const std::string before =
      "policy preempt=partition_prio mode=cancel\npartition first nodes=n[1-3] tier=9\n"
      "topology block sizes=2 b1=n[1-2] b2=n[3-4]\njob 2 partition=batch prio=1 runs=n2:1 left=10\n"
      "job 3 partition=batch prio=2 runs=n4:1 left=20\n";
  const Explanation found = explained(before + "job 4 partition=batch prio=9\njob 1 partition=first topo_exclusive", 1);
  CHECK(found.shown == "Resources");
  CHECK(summary(found) == " | first: Resources; Resources nodes with room for a task 1/0 | 1 0 0 0 3 0");
  REQUIRE(found.partitions.size() == 1);
  CHECK(found.partitions[0].gates[0].detail == "other jobs are in b[1-2], and it is to have such a unit to itself");
  CHECK(found.partitions[0].in_the_way == std::vector{JobId(2), JobId(3)});
  CHECK(found.partitions[0].preempted == std::vector{JobId(2)});
  const Explanation beside = explained(
      "topology block sizes=2 b1=n[1-2] b2=n[3-4]\njob 2 partition=batch runs=n1:1 topo_exclusive left=5\n"
      "job 1 partition=few",
      1);
  CHECK(summary(beside) == " | few: Resources; Resources nodes with room for a task 1/0 | 2 0 0 0 2 0");
  CHECK(beside.partitions[0].gates[0].detail == "n[1-2] are in a unit of the network that another job has to itself");
  CHECK(beside.partitions[0].in_the_way == std::vector{JobId(2)});
}

TEST_CASE("explain: nodes of other users") {
  const auto detail = [](const std::string& drawing) {
    return explained(drawing, 1).partitions.at(0).gates.at(0).detail;
  };
  CHECK(detail("job 2 partition=batch runs=n1:1 left=10 user_exclusive user=7\njob 1 partition=batch user=8 w=n1") ==
        "another user or MCS label has to itself: n1");
  CHECK(detail("job 2 partition=batch runs=n1:1 left=10 user=7\njob 1 partition=batch user=8 w=n1 user_exclusive") ==
        "it is to have its nodes for its user or MCS label alone, and others are on n1");
}

TEST_CASE("explain: what a partition may have of a node is with its jobs") {
  const Explanation found = explained(
      "partition capped nodes=n[1-2] cpus_per_node=2\njob 2 partition=capped runs=n1:2 left=10\n"
      "job 1 partition=capped w=n1",
      1);
  CHECK(summary(found) == " | capped: Resources; Resources nodes of --nodelist with room 1/0 | 2 0 1 0 1 0");
  CHECK(found.partitions[0].gates[0].detail ==
        "jobs of the partition have what MaxCPUsPerNode or MaxCPUsPerSocket gives it on n1");
}

TEST_CASE("explain: segments that lack whole blocks") {
  const Explanation found = explained(
      "topology block sizes=2 b1=n[1-2] b2=n[3-4]\njob 2 partition=batch runs=n2:8,n3:8 left=10\n"
      "job 1 partition=batch N=2 n=2 segment=2",
      1);
  CHECK(summary(found) == " | batch: Resources nodes in whole segments, each within a block 2/0 | 0 0 0 0 2 2");
}
