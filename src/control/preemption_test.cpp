// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/preemption.h"

#include <csignal>

#include <doctest/doctest.h>

#include "control/cluster_fixture.h"

namespace slurmxx::testing {
namespace {

// Three nodes of 4 CPUs for all; `more` is what the test is about.
struct Site : Cluster {
  explicit Site(const std::string& more) {
    begin_with(
        "ClusterName=test\nSlurmctldHost=head\nSlurmUser=root\nSlurmdTimeout=9999\nKillWait=5\nMinJobAge=100\n"
        "SelectTypeParameters=CR_Core\nNodeName=n[1-4] CPUs=4 RealMemory=1000\n" +
        more);
    all_up();
  }
  JobId run(const std::string& partition, std::uint32_t nodes = 1) {
    SubmitRequest request = job(nodes);
    request.spec.placement.partitions = {partition};
    request.spec.placement.sharing = Sharing::exclusive;
    return submit(alice, std::move(request));
  }
  void clear(JobId id, std::uint32_t restarts = 0) {
    const std::vector<NodeIndex> nodes = job_of(id).unfinished;
    for (const NodeIndex node : nodes) report(node.value + 1, NodeCleared{{id, restarts}, {}});
  }
};

const std::string tiers =
    "PartitionName=low Nodes=ALL Default=YES PriorityTier=1\nPartitionName=high Nodes=ALL PriorityTier=2\n";

TEST_CASE("a job of a lower tier is cancelled, and the one that preempts starts when its nodes are clear") {
  Site site("PreemptType=preempt/partition_prio\nPreemptMode=CANCEL\n" + tiers);
  const JobId low = site.run("low", 4);
  const JobId high = site.run("high", 2);
  CHECK(site.job_of(low).state == JobState::preempted);
  CHECK(site.job_of(low).exit == ExitCode{0, 15});
  CHECK(site.job_of(low).times.preempted == Instant(site.seconds));
  CHECK(site.job_of(high).state == JobState::pending);
  CHECK(site.reason(high) == "Resources");
  const JobId third = site.run("low");  // n1 is idle before n2 is: it is not for others
  site.report(1, NodeCleared{{low, 0}, {}});
  CHECK(site.job_of(third).state == JobState::pending);
  site.clear(low);
  CHECK(site.job_of(high).state == JobState::running);
  CHECK(site.job_of(third).state == JobState::running);
}

TEST_CASE("--test-only names who would make room, and a partition shows the cluster's PreemptMode") {
  Site site("PreemptType=preempt/partition_prio\nPreemptMode=REQUEUE\n" + tiers);
  const JobId low = site.run("low", 4);
  SubmitRequest asked = site.job(2);
  asked.spec.placement.partitions = {"high"};
  asked.test_only = true;
  const SubmitReply reply = std::get<SubmitReply>(site.ask(alice, asked));
  CHECK(reply.notes == std::vector<std::string>{"  Preempts: " + to_string(low)});
  CHECK(reply.nodes == "n[1-2]");
  CHECK(reply.expected_start == Instant(site.seconds));
  CHECK(site.job_of(low).state == JobState::running);
  NodesRequest partitions;
  partitions.with_partitions = true;
  const auto answer = answer_query(*site.controller->publish(), partitions, Instant(site.seconds));
  for (const PartitionView& one : std::get<NodesReply>(*answer).partitions)
    CHECK(std::ranges::count(one.settings, KeyValue{"PreemptMode", "REQUEUE"}) == 1);
}

TEST_CASE("who may go back to the queue is requeued, and is not in the way of the one that preempts it") {
  Site site("PreemptType=preempt/partition_prio\nPreemptMode=REQUEUE\n" + tiers);
  const JobId low = site.run("low", 4);
  const JobId high = site.run("high", 4);
  CHECK(site.job_of(low).state == JobState::pending);
  CHECK(site.job_of(low).restarts == 1);
  site.clear(low);
  CHECK(site.job_of(high).state == JobState::running);
  CHECK(site.job_of(low).state == JobState::pending);
  CHECK(site.job_of(low).hold == Hold::none);
}

TEST_CASE("GraceTime: SIGCONT and SIGTERM at once, the end after it, and nobody else is preempted meanwhile") {
  Site site(
      "PreemptType=preempt/partition_prio\nPreemptMode=CANCEL\n"
      "PartitionName=low Nodes=ALL PriorityTier=1 GraceTime=20\nPartitionName=high Nodes=ALL PriorityTier=2\n");
  const JobId low = site.run("low", 2);
  const JobId other = site.run("low", 2);
  const JobId high = site.run("high", 2);
  CHECK(site.job_of(other).is_preempted());
  CHECK(site.job_of(low).state == JobState::running);
  const auto signals = site.orders<SignalJob>();
  REQUIRE(signals.size() == 4);
  CHECK(signals.front().second.signal == SIGCONT);
  CHECK(signals.back().second.signal == SIGTERM);
  site.pass(19);
  CHECK(site.job_of(other).state == JobState::running);
  CHECK_FALSE(site.job_of(low).is_preempted());
  site.boot();  // a restart forgets nothing
  for (int node = 1; node <= 4; ++node) site.hello(node, {{node <= 2 ? low : other, 0}});
  CHECK(site.job_of(other).state == JobState::running);
  site.pass(2);
  CHECK(site.job_of(other).state == JobState::preempted);
  site.clear(other);
  CHECK(site.job_of(high).state == JobState::running);
  CHECK(site.job_of(low).state == JobState::running);
}

TEST_CASE("a job that ends well within its grace is completed, and one that does not was preempted") {
  for (const bool good : {true, false}) {
    Site site(
        "PreemptType=preempt/partition_prio\nPreemptMode=CANCEL\n"
        "PartitionName=low Nodes=ALL PriorityTier=1 GraceTime=20\nPartitionName=high Nodes=ALL PriorityTier=2\n");
    const JobId low = site.run("low", 4);
    site.run("high", 4);
    site.report(1, BatchEnded{{low, 0}, good ? ExitCode{} : ExitCode{0, 15}});
    CHECK(site.job_of(low).state == (good ? JobState::completed : JobState::preempted));
  }
}

TEST_CASE("SUSPEND: the job stands still, the other starts at once, and it goes on by itself when that is over") {
  Site site("PreemptType=preempt/partition_prio\nPreemptMode=SUSPEND,GANG\n" + tiers);
  SubmitRequest request = site.job(4);
  request.spec.placement.partitions = {"low"};
  request.spec.resources.cpus_per_task = 4;
  request.spec.resources.memory_per_node = MebiBytes(100);
  const JobId low = site.submit(alice, request);
  request.spec.placement.partitions = {"high"};
  const JobId high = site.submit(alice, request);
  CHECK(site.job_of(low).state == JobState::suspended);
  site.pass(1);
  CHECK(site.job_of(high).state == JobState::running);
  site.pass(5);
  CHECK(site.job_of(low).state == JobState::suspended);
  site.report(1, BatchEnded{{high, 0}, {}});
  site.clear(high);
  CHECK(site.job_of(low).state == JobState::running);
  const auto resumes = site.orders<SuspendJob>();
  CHECK(resumes.size() == 4);
}

TEST_CASE("SUSPEND: nobody goes for an array whose tasks may not start yet") {
  Site site("PreemptType=preempt/partition_prio\nPreemptMode=SUSPEND,GANG\n" + tiers);
  const JobId low = site.run("low", 4);
  SubmitRequest request = site.job(1);
  request.array = "0-1";
  request.spec.placement.partitions = {"high"};
  const JobId tasks = site.submit(alice, request);
  const auto suspended = [](const Record& record) { return std::holds_alternative<JobSuspended>(record.event); };
  CHECK(std::ranges::none_of(site.log, suspended));
  CHECK(site.job_of(low).state == JobState::running);
  site.pass(1);  // the burst of submissions is over
  CHECK(site.job_of(low).state == JobState::suspended);
  site.pass(0);
  REQUIRE(site.controller->state().find(JobId(tasks.value + 1)));
  CHECK(site.job_of(JobId(tasks.value + 1)).state == JobState::running);
}

TEST_CASE("SUSPEND: a job does not go on in a block that another has to itself") {
  for (const bool has_block : {true, false}) {
    Site site("PreemptType=preempt/partition_prio\nPreemptMode=SUSPEND,GANG\n" + tiers);
    auto config = std::make_shared<ClusterConfig>(*site.config);
    config->topology.layouts = {
        {"all", TopologyKind::block, true, {2}, {{"b1", "n[1-2]", "", 1}, {"b2", "n[3-4]", "", 1}}}};
    site.config = config;
    site.log.clear();
    site.boot();
    site.all_up();
    const auto run = [&](const std::string& partition, const std::string& node, bool alone) {
      SubmitRequest request = site.job(1);
      request.spec.placement.partitions = {partition};
      request.spec.placement.nodes_required = node;
      request.spec.resources.memory_per_node = MebiBytes(100);
      if (alone) request.spec.placement.sharing = Sharing::exclusive_topo;
      const JobId id = site.submit(alice, request);
      site.pass(1);
      return id;
    };
    const JobId low = run("low", "n1", !has_block), high = run("high", "n2", has_block);
    CHECK(site.job_of(low).state == JobState::suspended);
    CHECK(site.job_of(high).state == JobState::running);
    for (int second = 0; second < 5; ++second) site.pass(1);
    CHECK(site.job_of(low).state == JobState::suspended);
    const JobId behind = run("low", "n1", false);
    CHECK(site.job_of(behind).state == JobState::pending);
    site.report(2, BatchEnded{{high, 0}, {}});
    site.clear(high);
    site.pass(1);
    CHECK(site.job_of(low).state == JobState::running);
    CHECK(site.job_of(behind).state == (has_block ? JobState::running : JobState::pending));
  }
}

TEST_CASE("SUSPEND: the job goes on when its CPUs are free, whoever waits for something else") {
  Site site("PreemptType=preempt/partition_prio\nPreemptMode=SUSPEND,GANG\n" + tiers);
  const auto run = [&](const std::string& partition, const std::string& nodes, std::uint32_t count) {
    SubmitRequest request = site.job(count);
    request.spec.placement.partitions = {partition};
    request.spec.placement.nodes_required = nodes;
    request.spec.resources.tasks = 4 * count;
    request.spec.resources.memory_per_node = MebiBytes(100);
    const JobId id = site.submit(alice, request);
    site.pass(1);
    return id;
  };
  run("high", "n2", 1);
  const JobId low = run("low", "n1", 1), high = run("high", "n1", 1), wide = run("high", "n[1-2]", 2);
  CHECK(site.job_of(low).state == JobState::suspended);
  CHECK(site.job_of(high).state == JobState::running);
  site.report(1, BatchEnded{{high, 0}, {}});
  site.clear(high);
  site.pass(1);
  CHECK(site.job_of(low).state == JobState::running);
  site.orders<SuspendJob>();
  for (int second = 0; second < 90; ++second) site.pass(1);
  CHECK(site.orders<SuspendJob>().empty());
  CHECK(site.job_of(wide).state == JobState::pending);
}

TEST_CASE("SUSPEND: the job goes on before those that do not outrank it") {
  Site site("PreemptType=preempt/partition_prio\nPreemptMode=SUSPEND,GANG\n" + tiers);
  const auto run = [&](const std::string& partition) {
    SubmitRequest request = site.job(1);
    request.spec.placement.partitions = {partition};
    request.spec.placement.nodes_required = "n1";
    request.spec.resources.tasks = 4;
    request.spec.resources.memory_per_node = MebiBytes(100);
    const JobId id = site.submit(alice, request);
    site.pass(1);
    return id;
  };
  const JobId low = run("low"), high = run("high"), behind = run("low"), next = run("high");
  CHECK(site.job_of(low).state == JobState::suspended);
  site.report(1, BatchEnded{{high, 0}, {}});
  site.clear(high);
  site.pass(1);
  CHECK(site.job_of(next).state == JobState::running);  // it outranks low
  CHECK(site.job_of(low).state == JobState::suspended);
  site.report(1, BatchEnded{{next, 0}, {}});
  site.clear(next);
  site.pass(1);
  CHECK(site.job_of(low).state == JobState::running);
  CHECK(site.job_of(behind).state == JobState::pending);
}

TEST_CASE("what was suspended by hand does not go on by itself") {
  Site site("PreemptType=preempt/partition_prio\nPreemptMode=SUSPEND,GANG\n" + tiers);
  const JobId low = site.run("low");
  site.ask(admin, JobVerbRequest{JobVerb::suspend, low});
  site.pass(5);
  CHECK(site.job_of(low).state == JobState::suspended);
}

TEST_CASE("without PreemptType nobody makes room") {
  Site site(tiers);
  const JobId low = site.run("low", 4);
  const JobId high = site.run("high", 4);
  CHECK(site.job_of(low).state == JobState::running);
  CHECK(site.job_of(high).state == JobState::pending);
}

TEST_CASE("a heterogeneous job makes room as a whole, and others make room for one") {
  Site site("PreemptType=preempt/partition_prio\nPreemptMode=CANCEL\n" + tiers);
  const auto pair_of = [&](const std::string& partition) {
    SubmitRequest request = site.job(1);
    request.spec.placement.partitions = {partition};
    request.spec.placement.sharing = Sharing::exclusive;
    SubmitRequest both = request;
    both.components = {request.spec};
    return site.submit(alice, both);
  };
  const auto component = [&](JobId leader) { return JobId(leader.value + 1); };
  const JobId others = pair_of("low"), low = pair_of("low");  // the younger goes first
  CHECK(site.job_of(component(low)).state == JobState::running);
  const JobId high = site.run("high");
  CHECK(site.job_of(low).state == JobState::preempted);
  CHECK(site.job_of(component(low)).state == JobState::preempted);
  CHECK(site.job_of(others).state == JobState::running);
  site.clear(low);
  site.clear(component(low));
  CHECK(site.job_of(high).state == JobState::running);
  const JobId wide = pair_of("high");  // one node is free, another is not
  CHECK(site.job_of(others).state == JobState::preempted);
  site.clear(others);
  site.clear(component(others));
  CHECK(site.job_of(wide).state == JobState::running);
  CHECK(site.job_of(component(wide)).state == JobState::running);
}

TEST_CASE("reclaim_licenses: who holds licences goes for one of a higher tier that lacks them") {
  Site site(
      "PreemptType=preempt/partition_prio\nPreemptMode=CANCEL\nPreemptParameters=reclaim_licenses\n"
      "Licenses=matlab:2\n" +
      tiers);
  const auto run = [&](const std::string& partition, const std::string& licenses) {
    SubmitRequest request = site.job(1);
    request.spec.placement.partitions = {partition};
    request.spec.labels.licenses = licenses;
    return site.submit(alice, request);
  };
  const JobId low = run("low", "matlab:2"), high = run("high", "matlab:1");
  CHECK(site.job_of(low).state == JobState::preempted);
  CHECK(site.job_of(high).state == JobState::pending);
  site.clear(low);
  CHECK(site.job_of(high).state == JobState::running);
}

TEST_CASE("suspend_grace_time is between SIGTSTP and SIGSTOP") {
  for (const auto& [words, seconds] : {std::pair{"", 2}, std::pair{"PreemptParameters=suspend_grace_time=7\n", 7}}) {
    Site site("PreemptType=preempt/partition_prio\nPreemptMode=SUSPEND,GANG\n" + std::string(words) + tiers);
    const JobId low = site.run("low");
    site.ask(admin, JobVerbRequest{JobVerb::suspend, low});
    const auto orders = site.orders<SuspendJob>();
    REQUIRE(orders.size() == 1);
    CHECK(orders.front().second.grace == Seconds(seconds));
  }
}

}  // namespace
}  // namespace slurmxx::testing
