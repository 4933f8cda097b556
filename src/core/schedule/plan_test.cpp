// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/plan.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "core/schedule/scenario.h"
#include "core/text/words.h"

using namespace slurmxx;

namespace {

using Lines = std::vector<std::string>;

const std::string cluster =
    "node n[1-2] cpus=8 cores=4 mem=16000 tmp=1000 weight=10 features=intel\n"
    "node n[3-4] cpus=8 cores=4 mem=16000 tmp=1000 weight=20 features=amd,bigmem\n"
    "partition batch nodes=n[1-4] max_time=1440\n"
    "partition debug nodes=n[1-2] tier=10 max_time=30\n"
    "partition gpu nodes=n[3-4] max_nodes=1\n"
    "policy mem_per_cpu=500\n";

Lines planned(const std::string& jobs) {
  const auto scenario = Scenario::parse(cluster + jobs);
  REQUIRE_MESSAGE(scenario, scenario.error().message);
  return scenario->planned();
}

// The test runs somewhere inside the checkout.
std::filesystem::path scenario_folder() {
  std::filesystem::path here = std::filesystem::current_path();
  while (!std::filesystem::exists(here / "tests/scenarios") && here != here.root_path()) here = here.parent_path();
  return here / "tests/scenarios";
}

std::string refusal(const std::string& job) {
  const auto scenario = Scenario::parse(cluster + job);
  REQUIRE_MESSAGE(scenario, scenario.error().message);
  const Status status = check_submission(scenario->view(), scenario->policies(), *scenario->jobs()[0]->spec);
  return status ? "accepted" : status.error().message + "/" + text_of(status.error().code);
}

}  // namespace

TEST_CASE("a plan does what every drawing in tests/scenarios expects") {
  const std::filesystem::path root = scenario_folder();
  std::size_t count = 0;
  for (const auto& file : std::filesystem::directory_iterator(root)) {
    if (file.path().extension() != ".txt") continue;
    ++count;
    INFO(file.path().string());
    std::stringstream text;
    text << std::ifstream(file.path()).rdbuf();
    const auto scenario = Scenario::parse(text.str());
    REQUIRE_MESSAGE(scenario, scenario.error().message);
    CHECK(join(std::span<const std::string>(scenario->planned()), "\n") ==
          join(std::span<const std::string>(scenario->expected()), "\n"));
  }
  CHECK(count > 0);
}

TEST_CASE("a plan gives one CPU as a whole core") { CHECK(planned("job 1") == Lines{"start 1 batch n1:2"}); }

TEST_CASE("a plan spreads tasks: a core full for every node, the rest from the first node on") {
  CHECK(planned("job 1 N=2 n=3") == Lines{"start 1 batch n1:2 n2:2"});
  CHECK(planned("job 1 N=2 n=6") == Lines{"start 1 batch n1:4 n2:2"});
  CHECK(planned("job 1 N=2 tasks_per_node=3") == Lines{"start 1 batch n1:4 n2:4"});
  CHECK(planned("job 1 n=12") == Lines{"start 1 batch n1:8 n2:4"});
}

TEST_CASE("a plan goes by tier, then priority, then job id") {
  CHECK(planned("job 1\njob 2 prio=9\njob 3 partition=debug\n") ==
        Lines{"start 3 debug n1:2", "start 2 batch n1:2", "start 1 batch n1:2"});
}

TEST_CASE("a plan lets nothing of the same partition pass a job that waits for resources") {
  CHECK(planned("job 1 n=8 partition=gpu\njob 2 N=4 exclusive prio=5\njob 3\njob 4 partition=debug prio=9 n=4") ==
        Lines{"start 4 debug n1:4", "start 1 gpu n3:8", "wait 2 Resources", "wait 3 Priority"});
}

TEST_CASE("a plan names what holds a job back") {
  CHECK(planned("job 1 held\njob 2 admin_held\njob 3 begin=60\njob 4 dependent") ==
        Lines{"wait 1 JobHeldUser", "wait 2 JobHeldAdmin", "wait 3 BeginTime", "wait 4 Dependency"});
  CHECK(planned("job 1 N=5\njob 2 n=1000\njob 3 t=2880\njob 4 N=2 partition=gpu\njob 5 C=cray") ==
        Lines{"wait 1 PartitionNodeLimit", "wait 2 PartitionConfig", "wait 3 PartitionTimeLimit",
              "wait 4 PartitionNodeLimit", "wait 5 BadConstraints"});
}

TEST_CASE("a plan tells which generic resource is short, and how many of it are free") {
  const auto scenario = Scenario::parse(
      "node n[1-2] cpus=4 gres=gpu:a100:2\npartition p nodes=n[1-2]\npolicy mem_per_cpu=1\n"
      "job 1 prio=9 N=1 gres=gpu:2\njob 2 prio=8 N=2 gres=gpu:a100:2\n");
  REQUIRE(scenario);
  const auto decisions = plan(scenario->view(), scenario->policies(), Instant(0));
  REQUIRE(decisions.size() == 2);
  const auto* wait = std::get_if<Wait>(&decisions[1]);
  REQUIRE(wait);
  REQUIRE(wait->reason->shortage);
  CHECK(*wait->reason->shortage == Shortage{"gres/gpu:a100", 4, 2});
}

TEST_CASE("a plan uses the nodes that a job names, leaves those it excludes and takes features into account") {
  CHECK(planned("job 1 w=n4\njob 2 x=n[1-2]\njob 3 C=amd|cray\njob 4 C=amd&bigmem\njob 5 w=n[2-3]") ==
        Lines{"start 1 batch n4:2", "start 2 batch n3:2", "start 3 batch n3:2", "start 4 batch n3:2",
              "start 5 batch n2:2 n3:2"});
  CHECK(planned("job 5 N=1-1 w=n[2-3]") == Lines{"wait 5 BadConstraints"});
  CHECK(planned("job 5 N=2 w=n[2-3]") == Lines{"start 5 batch n2:2 n3:2"});
}

TEST_CASE("a plan waits for a node that is down and lets others pass") {
  const auto scenario = Scenario::parse(
      "node n1 cpus=4 down\nnode n2 cpus=4 drain\nnode n3 cpus=4\npartition p nodes=n[1-3]\npolicy mem_per_cpu=1\n"
      "job 1 w=n1\njob 2 N=3\njob 3");
  REQUIRE(scenario);
  CHECK(scenario->planned() == Lines{"start 3 p n3:1", "wait 1 ReqNodeNotAvail, UnavailableNodes:n1",
                                     "wait 2 ReqNodeNotAvail, UnavailableNodes:n[1-2]"});
}

TEST_CASE("a plan tries the partitions in turn") {
  CHECK(planned("job 1 partition=debug n=16\njob 2 partition=debug,batch n=2") ==
        Lines{"start 1 debug n1:8 n2:8", "start 2 batch n3:2"});
}

TEST_CASE("a plan counts memory: per node, per CPU given, and all of the node where nothing is said") {
  CHECK(planned("job 1 mem=15000\njob 2 mem=2000") == Lines{"start 1 batch n1:2", "start 2 batch n2:2"});
  CHECK(planned("job 1 mem_per_cpu=6000 n=4") == Lines{"start 1 batch n1:2 n2:2"});
  const auto scenario = Scenario::parse("node n[1-2] cpus=4\npartition p nodes=n[1-2]\njob 1\njob 2\njob 3");
  REQUIRE(scenario);
  CHECK(scenario->planned() == Lines{"start 1 p n1:1", "start 2 p n2:1", "wait 3 Resources"});
}

TEST_CASE("a plan gives single CPUs where CPUs are the unit") {
  CHECK(planned("policy unit=cpu\njob 1\njob 2 n=7") == Lines{"start 1 batch n1:1", "start 2 batch n1:7"});
}

TEST_CASE("a plan keeps other users off nodes of --exclusive=user") {
  CHECK(planned("job 1 user=1 user_exclusive\njob 2 user=2\njob 3 user=1") ==
        Lines{"start 1 batch n1:2", "start 2 batch n2:2", "start 3 batch n1:2"});
}

TEST_CASE("a submission that no node could ever run is refused with the right words") {
  const std::string unavailable = "Requested node configuration is not available";
  CHECK(refusal("job 1 c=9 n=1") == "CPU count per node can not be satisfied/" + unavailable);
  CHECK(refusal("job 1 tasks_per_node=9 N=1") == "CPU count per node can not be satisfied/" + unavailable);
  CHECK(refusal("job 1 mem=20000") == "Memory specification can not be satisfied/" + unavailable);
  CHECK(refusal("job 1 tmp=5000") == "Temporary disk specification can not be satisfied/" + unavailable);
  CHECK(refusal("job 1 mem_per_cpu=9000 c=8") == "/" + unavailable);
  CHECK(refusal("job 1 C=nosuchfeature") == "/Invalid feature specification");
  CHECK(refusal("policy ignore_features\njob 1 C=nosuchfeature") == "accepted");
  CHECK(refusal("policy ignore_features\njob 1 C=[a") == "/Invalid feature specification");
  CHECK(refusal("job 1 prefer=nosuchfeature") == "/Invalid feature specification");
  CHECK(refusal("policy ignore_prefer\njob 1 prefer=nosuchfeature") == "accepted");
  CHECK(refusal("job 1 w=n9") == "/Invalid node name specified");
  CHECK(refusal("job 1 x=n9") == "/Invalid node name specified");
  CHECK(refusal("job 1 N=0") == "/Node count specification invalid");
  CHECK(refusal("job 1 partition=debug,nosuch") ==
        "invalid partition specified: nosuch/Invalid partition name specified");
}

TEST_CASE("a submission of more than the nodes it may have could ever hold together is refused") {
  const std::string unavailable = "/Requested node configuration is not available";
  for (const char* job : {"job 1 N=1 n=9",
                          "job 1 N=2 n=17",
                          "job 1 N=1-2 n=17",
                          "job 1 x=n[1-3] N=2",
                          "job 1 x=n[1-3] n=9",
                          "job 1 x=n[1-4]",
                          "job 1 C=[intel*3]",
                          "job 1 C=[amd*2&bigmem*1]&intel",
                          "job 1 C=intel*3",
                          "job 1 C=intel N=3",
                          "job 1 C=intel n=17",
                          "job 1 contiguous N=3 x=n2",
                          "job 1 tasks_per_node=2 N=1 n=5",
                          "job 1 tasks_per_socket=1 N=1 n=2",
                          "job 1 tasks_per_socket=1 n=9",
                          "job 1 exclusive N=1 n=9",
                          "job 1 mem_per_cpu=4000 n=20",
                          "job 1 N=1 c=5 n=2",
                          "job 1 n=9 partition=gpu",
                          "job 1 N=1 n=9 partition=batch,debug"})
    CHECK_MESSAGE(refusal(job) == unavailable, std::string(job));
  CHECK(refusal("job 1 sockets_per_node=2") ==
        "Socket, core and/or thread specification can not be satisfied" + unavailable);
  CHECK(refusal("job 1 prefer=cray") == "/Invalid feature specification");
  for (const char* job :
       {"job 1 w=n1 n=9", "job 1 overcommit N=1 n=9", "job 1 C=amd& n=16", "job 1 tasks_per_socket=2 n=8",
        "job 1 N=1-3 partition=gpu", "job 1 N=1-3 n=24 partition=gpu", "job 1 N=4 n=33", "job 1 contiguous N=4"})
    CHECK_MESSAGE(refusal(job) == "accepted", job);
}

TEST_CASE("a submission that only a limit or the size of the cluster forbids is accepted") {
  for (const char* job : {"job 1 N=5", "job 1 n=1000", "job 1 t=2880", "job 1 N=2 partition=gpu", "job 1 N=1-9 n=40"})
    CHECK_MESSAGE(refusal(job) == "accepted", job);
}

TEST_CASE("a plan never gives a CPU or a byte twice, decides once a job, and is the same for the same input") {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto pick = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
    std::string text = cluster;
    if (pick(3) == 0) text += "policy unit=cpu\n";
    for (std::uint32_t id = 1; id <= 30; ++id) {
      text += fmt::format("job {} prio={} n={} c={}", id, 1 + pick(4), 1 + pick(12), 1 + pick(4));
      if (pick(3) == 0) text += fmt::format(" N={}-{}", 1 + pick(2), 2 + pick(3));
      if (pick(4) == 0) text += fmt::format(" mem={}", pick(17000));
      if (pick(6) == 0) text += pick(2) == 0 ? " exclusive" : " user_exclusive";
      text += fmt::format(" user={} partition={}\n", pick(3), pick(2) == 0 ? "batch" : "debug,batch");
    }
    auto scenario = Scenario::parse(text);
    REQUIRE(scenario);
    const Lines first = scenario->planned();
    CHECK(first == scenario->planned());
    CHECK(first.size() == 30);
    CHECK(scenario->apply_starts().ok());
    for (const auto& node : scenario->nodes()) {
      CHECK(node->use.memory <= node->declared.memory);
      if (node->use.whole_node_job) CHECK(node->use.jobs == 1);
    }
  }
}

TEST_CASE("a plan sees of a partition what state keeps of it") {
  Partition partition;
  partition.name = "p";
  partition.state = PartitionState::inactive;
  partition.nodes = {NodeIndex(2)};
  partition.exclusive = true;
  partition.time_max = TimeLimit::of(Minutes(5));
  const PlanPartition view = plan_partition(partition);
  CHECK(view.state == PlanPartition::State::inactive);
  CHECK(view.whole_nodes);
  CHECK(view.nodes == partition.nodes);
  CHECK(time_limit_in(JobSpec{}, view) == partition.time_max);
}

namespace {

// A cluster of small and large nodes, some of them busy, and a queue of jobs of every form.
std::string random_cluster(std::mt19937& random) {
  const auto pick = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
  std::string text =
      "node n[1-3] cpus=4 mem=8 gres=gpu:a:2\nnode n[4-6] cpus=8 mem=16 gres=gpu:a:1,gpu:b:1,shard:4\npartition p "
      "nodes=n[1-6]\npolicy mem_per_cpu=1 backfill\n";
  for (std::uint32_t node = 1; node <= 6; ++node)
    text +=
        fmt::format("job {} runs=n{}:{} left={} gres=gpu:{}\n", 100 + node, node, 1 + pick(4), 1 + pick(40), pick(3));
  for (std::uint32_t job = 1; job <= 20; ++job) {
    text += fmt::format("job {} prio={} t={}", job, 1000 - job, 1 + pick(60));
    switch (pick(4)) {
      case 0:
        text += fmt::format(" N={} exclusive", 1 + pick(4));
        break;
      case 1:
        text += fmt::format(" n={} mem_per_cpu={}", 1 + pick(12), 1 + pick(2));
        break;
      case 2:
        text += fmt::format(" n=1 c={}", 1 + pick(6));
        break;
      default:
        text += fmt::format(" N={} tasks_per_node={}", 1 + pick(3), 1 + pick(4));
        break;
    }
    const char* gres[] = {" gres=gpu:1", " gres=gpu:a:1", " gres=shard:1", " gpus=2"};
    if (pick(3) == 0) text += gres[pick(4)];
    text += "\n";
  }
  return text;
}

const Wait* first_wait(const std::vector<Decision>& decisions) {
  for (const Decision& decision : decisions)
    if (const Wait* wait = std::get_if<Wait>(&decision)) return wait;
  return nullptr;
}

}  // namespace

namespace {

// Two jobs may run.
class TwoJobs : public LimitJudge {
 public:
  std::optional<Reason> obstacle(const Job&, const PlanPartition&) override {
    if (taken_ < 2) return std::nullopt;
    return Reason{ReasonCode::limit, {}, {}, {}, "QOSMaxJobsPerUserLimit"};
  }
  void take(const Job&, const Allocation&, const TimeLimit&) override { ++taken_; }
  void mark() override { marked_ = taken_; }
  void undo() override { taken_ = marked_; }

 private:
  int taken_ = 0, marked_ = 0;
};

}  // namespace

TEST_CASE("components that could not start together do not count for limits") {
  const auto scenario = Scenario::parse(
      "node n[1-2] cpus=4\npartition p nodes=n[1-2]\npartition q nodes=n1\npolicy no_memory\n"
      "job 9 runs=n2:2\njob 1 prio=9 het=1 n=2\njob 2 prio=9 het=1 n=4\njob 3 partition=q n=1\njob 4 partition=q "
      "n=1\njob 5 partition=q "
      "n=1");
  REQUIRE(scenario);
  ClusterView view = scenario->view();
  view.limits = std::make_shared<TwoJobs>();
  Lines lines;
  for (const Decision& decision : plan(view, scenario->policies(), Instant(0)))
    lines.push_back(decision_text(view, decision));
  CHECK(lines == Lines{"start 3 q n1:1", "start 4 q n1:1", "wait 1 Resources", "wait 2 Resources",
                       "wait 5 QOSMaxJobsPerUserLimit"});
}

TEST_CASE("what passes a job with room set aside does not delay it, and nothing is given out twice") {
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    auto scenario = Scenario::parse(random_cluster(random));
    REQUIRE_MESSAGE(scenario, scenario.error().message);
    const ClusterView view = scenario->view();
    const std::vector<Decision> before = plan(view, scenario->policies(), Instant(0));
    CHECK(before == plan(view, scenario->policies(), Instant(0)));
    REQUIRE(scenario->apply_starts());
    const std::vector<Decision> after = plan(scenario->view(), scenario->policies(), Instant(0));
    const Wait *head = first_wait(before), *again = first_wait(after);
    if (!head || !head->expected) continue;
    REQUIRE(again);
    REQUIRE(again->job == head->job);
    REQUIRE(again->expected);
    CHECK(again->expected->start == head->expected->start);
  }
}
