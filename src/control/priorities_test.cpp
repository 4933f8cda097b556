// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/priorities.h"

#include "control/cluster_fixture.h"

using namespace slurmxx;
using namespace slurmxx::testing;

namespace {

constexpr const char* small = R"(
ClusterName=test
SlurmctldHost=head
SlurmUser=root
SlurmdTimeout=9999
SelectTypeParameters=CR_Core
Licenses=matlab:3,ansys:1
NodeName=n[1-4] CPUs=4 RealMemory=1000
PartitionName=main Nodes=ALL Default=YES MaxTime=60 DefaultTime=10 PriorityJobFactor=5
PartitionName=fast Nodes=ALL MaxTime=60 DefaultTime=10 PriorityJobFactor=10
)";

struct Small : Cluster {
  explicit Small(const std::string& more) {
    begin_with(std::string(small) + more);
    all_up();
  }
  JobId submit_with(const std::function<void(JobSpec&)>& change, std::uint32_t nodes = 1) {
    SubmitRequest request = job(nodes);
    change(request.spec);
    return submit(alice, request);
  }
  JobId submit_licensed(const char* licenses) {
    return submit_with([&](JobSpec& spec) { spec.labels.licenses = licenses; });
  }
  std::uint32_t priority(JobId id) { return controller->publish()->priorities->of(job_of(id)); }
  bool runs(JobId id) { return job_of(id).state == JobState::running; }
};

const auto nothing = [](JobSpec&) {};

}  // namespace

TEST_CASE("priorities follow from the weights, and are the same for readers and the planner") {
  Small cluster(
      "PriorityWeightPartition=1000\nPriorityWeightJobSize=100\nPriorityWeightAge=1000\nPriorityMaxAge=16:40\n");
  const JobId running = cluster.submit_with(nothing, 4);
  CHECK(cluster.runs(running));
  CHECK(cluster.priority(running) == 500 + 62);  // (4/4 + 4/16) / 2
  const JobId slow = cluster.submit_with([](JobSpec& spec) { spec.placement.sharing = Sharing::exclusive; }, 4);
  const JobId fast = cluster.submit_with(
      [](JobSpec& spec) {
        spec.placement.partitions = {"main", "fast"};
        spec.placement.sharing = Sharing::exclusive;
        spec.policy.nice = 7;
      },
      4);
  cluster.pass(100);
  CHECK(cluster.priority(slow) == 500 + 62 + 100);
  CHECK(cluster.priority(fast) == 1000 + 62 + 100 - 7);
  const auto by_partition = cluster.controller->publish()->priorities->by_partition(cluster.job_of(fast));
  CHECK(by_partition == std::vector<std::uint32_t>{655, 1155});
  CHECK(cluster.priority(running) == 562);  // its age stands still
}

TEST_CASE("an explicit priority and a hold come before all factors; priority/basic counts down") {
  Small cluster("PriorityType=priority/basic\n");
  const JobId first = cluster.submit_with(nothing), second = cluster.submit_with(nothing);
  CHECK(cluster.priority(first) == 4294901760);
  CHECK(cluster.priority(second) == 4294901759);
  const JobId held = cluster.submit_with([](JobSpec& spec) { spec.policy.hold = true; });
  CHECK(cluster.priority(held) == 0);
  SubmitRequest explicit_one = cluster.job();
  explicit_one.spec.policy.priority = 42;
  CHECK(cluster.priority(cluster.submit(admin, explicit_one)) == 42);
}

TEST_CASE("PriorityFlags=INCR_ONLY: what a job once had it keeps") {
  Small cluster("PriorityWeightPartition=1000\nPriorityFlags=INCR_ONLY\n");
  const JobId job = cluster.submit_with([](JobSpec& spec) { spec.times.begin = Instant(20'000); });
  CHECK(cluster.priority(job) == 500);
  cluster.ask(admin, UpdateRequest{"partition", "main", {{"PriorityJobFactor", "1"}}});
  cluster.pass(5);
  CHECK(cluster.priority(job) == 500);
}

TEST_CASE("licences are taken at the start and come back at the end") {
  Small cluster("");
  const JobId two = cluster.submit_licensed("matlab:2");
  const JobId also_two = cluster.submit_licensed("matlab:2");
  const JobId one = cluster.submit_licensed("matlab:1");
  CHECK(cluster.runs(two));
  CHECK(cluster.reason(also_two) == "Licenses");
  CHECK(cluster.runs(one));  // it does not wait behind the other
  cluster.boot();            // counted anew after a restart
  cluster.all_up();
  cluster.pass(2);
  CHECK(cluster.reason(also_two) == "Licenses");
  cluster.ask(alice, JobVerbRequest{JobVerb::cancel, two});
  cluster.report(1, NodeHello{"n1", {}, {}, {}});
  cluster.pass(2);
  CHECK(cluster.runs(also_two));
}

TEST_CASE("of licences asked for by | the job keeps the one it got; unknown ones are refused") {
  Small cluster("");
  const JobId first = cluster.submit_licensed("ansys|matlab:3");
  CHECK(cluster.job_of(first).spec->labels.licenses == "ansys:1");
  const JobId second = cluster.submit_licensed("ansys|matlab:3");
  CHECK(cluster.job_of(second).spec->labels.licenses == "matlab:3");
  CHECK(cluster.reason(cluster.submit_licensed("ansys|matlab:3")) == "Licenses");
  SubmitRequest request = cluster.job();
  for (const char* wrong : {"nosuch", "matlab:4", "matlab=1"}) {
    request.spec.labels.licenses = wrong;
    CHECK(cluster.refused(alice, request) == Errc::invalid_licenses);
  }
}
