// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "state/codec.h"
#include "state/state.h"

using namespace slurmxx;

namespace {

// A log that is applied as it is written.
struct Log {
  State state;
  std::vector<Record> records;
  std::int64_t now = 1000;

  Status add(Event event) {
    Record record{LogPosition(state.position().value + 1), Instant(now), RequestId(), std::move(event)};
    Status status = apply(state, record);
    if (status) records.push_back(record);
    return status;
  }
  void must(Event event) {
    Status status = add(std::move(event));
    REQUIRE_MESSAGE(status.ok(), (status.ok() ? "" : status.error().message));
  }
  const Job& job(std::uint32_t id) { return *state.find(JobId(id)); }
  const NodeUse& use(std::uint32_t node) { return state.find(NodeIndex(node))->use; }
};

Log cluster(int nodes) {
  Log log;
  log.must(EpochBegan{Epoch(1), "head"});
  ClusterConfigured configured;
  for (int i = 1; i <= nodes; ++i) {
    ClusterConfigured::NodeRow row;
    row.name = "n" + std::to_string(i);
    row.shape.cpus = 4;
    row.shape.memory = MebiBytes(1000);
    configured.nodes.push_back(row);
  }
  log.must(configured);
  return log;
}

std::shared_ptr<const JobSpec> spec() { return std::make_shared<const JobSpec>(); }

Allocation on(std::vector<std::uint32_t> nodes, std::uint32_t cpus = 2) {
  Allocation allocation{"batch", {}, false};
  for (std::uint32_t node : nodes) allocation.shares.push_back({NodeIndex(node), cpus, MebiBytes(100), {}});
  return allocation;
}

}  // namespace

TEST_CASE("a job takes its share when it starts and gives it back node by node after its end") {
  Log log = cluster(2);
  log.must(JobSubmitted{JobId(1), spec(), Hold::none});
  log.must(JobStarted{JobId(1), on({0, 1}), Instant(2000)});
  CHECK(log.job(1).state == JobState::running);
  CHECK(log.use(0).cpus == 2);
  CHECK(log.use(1).jobs == 1);
  log.now = 1500;
  log.must(JobEnded{JobId(1), JobState::failed, ExitCode{3, 0}, "NonZeroExitCode"});
  CHECK(log.job(1).completing());
  CHECK(log.use(0).completing_jobs == 1);
  CHECK(log.use(0).cpus == 2);
  log.must(JobLeftNode{JobId(1), NodeIndex(0)});
  CHECK(log.use(0).cpus == 0);
  CHECK(log.use(1).cpus == 2);
  log.must(JobLeftNode{JobId(1), NodeIndex(1)});
  CHECK_FALSE(log.job(1).completing());
  CHECK(log.job(1).times.ended == Instant(1500));
  log.must(JobPurged{JobId(1)});
  CHECK(log.state.find(JobId(1)) == nullptr);
  CHECK(log.state.next_job_id() == JobId(2));  // an id is never used again
}

TEST_CASE("a requeued job cannot start before every node has let go of it") {
  Log log = cluster(2);
  log.must(JobSubmitted{JobId(1), spec(), Hold::none});
  log.must(JobStarted{JobId(1), on({0}), {}});
  log.must(JobRequeued{JobId(1), Hold::none, ""});
  CHECK(log.job(1).restarts == 1);
  CHECK_FALSE(log.add(JobStarted{JobId(1), on({1}), {}}).ok());
  log.must(JobLeftNode{JobId(1), NodeIndex(0)});
  log.must(JobStarted{JobId(1), on({1}), {}});
  CHECK(log.job(1).state == JobState::running);
}

TEST_CASE("a step ends with its last node, with the highest exit code, and an end of the job ends it too") {
  Log log = cluster(2);
  log.must(JobSubmitted{JobId(1), spec(), Hold::none});
  log.must(JobStarted{JobId(1), on({0, 1}), Instant(2000)});
  Step step{StepId{0}, "hostname", 2, on({0, 1}).shares, Instant(1000), {}, {}, {NodeIndex(0), NodeIndex(1)}};
  log.must(StepStarted{JobId(1), step});
  step.id = StepId{1};
  log.must(StepStarted{JobId(1), step});
  log.must(StepLeftNode{JobId(1), StepId{0}, NodeIndex(1), ExitCode{3, 0}});
  CHECK(!log.job(1).steps[0].ended);
  CHECK(!log.add(StepLeftNode{JobId(1), StepId{0}, NodeIndex(1), ExitCode{}}).ok());
  log.must(StepLeftNode{JobId(1), StepId{0}, NodeIndex(0), ExitCode{1, 0}});
  REQUIRE(log.job(1).ended_steps.find(StepId{0}));
  CHECK(log.job(1).ended_steps.find(StepId{0})->ended == Instant(1000));
  const auto read = decode<Job>(encode(log.job(1)));
  REQUIRE(read.ok());
  CHECK(read->steps.size() == 1);
  REQUIRE(read->ended_steps.size() == 1);
  CHECK(*read->ended_steps.find(StepId{0}) == *log.job(1).ended_steps.find(StepId{0}));
  CHECK(log.job(1).exit_of_steps == ExitCode{3, 0});
  log.must(JobEnded{JobId(1), JobState::cancelled, ExitCode{}, ""});
  CHECK(log.job(1).steps[0].ended);
  CHECK(log.job(1).steps[0].unfinished.empty());
}

TEST_CASE("what does not fit is refused and changes nothing") {
  Log log = cluster(1);
  log.must(JobSubmitted{JobId(1), spec(), Hold::none});
  log.must(JobSubmitted{JobId(2), spec(), Hold::none});
  const LogPosition before = log.state.position();
  CHECK_FALSE(log.add(JobStarted{JobId(1), on({0}, 5), {}}).ok());        // more CPUs than the node has
  CHECK_FALSE(log.add(JobStarted{JobId(1), on({0, 7}), {}}).ok());        // no such node
  CHECK_FALSE(log.add(JobStarted{JobId(9), on({0}), {}}).ok());           // no such job
  CHECK_FALSE(log.add(JobLeftNode{JobId(1), NodeIndex(0)}).ok());         // it never was there
  CHECK_FALSE(log.add(JobRequeued{JobId(1), Hold::none, ""}).ok());       // it does not run
  CHECK_FALSE(log.add(JobSubmitted{JobId(1), spec(), Hold::none}).ok());  // the id is taken
  CHECK(log.state.position() == before);
  CHECK(log.use(0) == NodeUse{});
  Allocation whole = on({0}, 4);
  whole.whole_nodes = true;
  log.must(JobStarted{JobId(1), whole, {}});
  CHECK_FALSE(log.add(JobStarted{JobId(2), on({0}, 0), {}}).ok());  // job 1 has the node to itself
  CHECK_FALSE(log.add(EpochBegan{Epoch(1), "other"}).ok());
}

TEST_CASE("records must follow one another") {
  Log log = cluster(1);
  CHECK_FALSE(apply(log.state, Record{LogPosition(99), Instant(2000), RequestId(), EpochBegan{Epoch(9), ""}}).ok());
  CHECK_FALSE(apply(log.state, Record{LogPosition(3), Instant(1), RequestId(), EpochBegan{Epoch(9), ""}}).ok());
}

TEST_CASE("a new configuration moves nodes and keeps what is known of them") {
  Log log = cluster(3);
  log.must(JobSubmitted{JobId(1), spec(), Hold::none});
  log.must(JobStarted{JobId(1), on({2}), {}});
  ClusterConfigured fewer;
  for (const char* name : {"n9", "n3"}) {
    ClusterConfigured::NodeRow row;
    row.name = name;
    row.shape.cpus = 4;
    row.shape.memory = MebiBytes(1000);
    fewer.nodes.push_back(row);
  }
  log.must(fewer);
  CHECK(log.job(1).allocation->shares[0].node == NodeIndex(1));
  CHECK(log.use(1).cpus == 2);
  fewer.nodes.pop_back();
  Status refused = log.add(fewer);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message == "node n3 holds jobs and cannot leave the configuration");
  log.must(JobEnded{JobId(1), JobState::completed, {}, ""});
  log.must(JobLeftNode{JobId(1), NodeIndex(1)});
  CHECK(log.use(1).cpus == 0);
}

TEST_CASE("a replay of the encoded log comes to the same state") {
  Log log = cluster(2);
  for (std::uint32_t id = 1; id <= 20; ++id)
    log.must(JobSubmitted{JobId(id), spec(), id % 5 ? Hold::none : Hold::user});
  for (std::uint32_t id = 1; id <= 4; ++id) log.must(JobStarted{JobId(id), on({id % 2}, 1), Instant(5000)});
  log.must(StepStarted{JobId(1), Step{StepId{0}, "hostname", 1, {}, Instant(1000), {}, {}}});
  log.must(StepEnded{JobId(1), StepId{0}, ExitCode{2, 0}});
  log.must(JobKillOrdered{JobId(2), KillOrder{JobState::cancelled, Uid(7), Instant(1000), false, Hold::none}});
  log.must(JobEnded{JobId(2), JobState::cancelled, ExitCode{0, 15}, ""});
  State replayed;
  for (const Record& record : log.records) {
    auto decoded = decode<Record>(encode(record));
    REQUIRE(decoded.ok());
    REQUIRE(apply(replayed, *decoded).ok());
  }
  CHECK(replayed.position() == log.state.position());
  log.state.jobs().for_each([&](std::uint64_t number, const Job& job) {
    CHECK(encode(job) == encode(*replayed.find(JobId(static_cast<std::uint32_t>(number)))));
  });
  CHECK(replayed.find(JobId(1))->exit_of_steps == ExitCode{2, 0});
  CHECK(replayed.find(JobId(2))->cancelled_by == Uid(7));
  CHECK(encode(*replayed.find(NodeIndex(0))) == encode(*log.state.find(NodeIndex(0))));
}
