// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "replay/log_replay.h"

#include <doctest/doctest.h>

#include "control/cluster_fixture.h"
#include "replay/log_reader.h"
#include "replay/log_workload.h"
#include "replay/report.h"

using namespace slurmxx;
using namespace slurmxx::testing;

namespace {

void end(Cluster& t, JobId id) {
  const Job job = t.job_of(id);
  const std::vector<NodeIndex> nodes = job.unfinished;
  for (const NodeIndex node : nodes) t.report(node.value + 1, NodeCleared{{id, job.restarts}, {}});
}

// Jobs of one, two and four nodes, some that wait, one that is cancelled, a new controller in between, an array.
std::vector<Record> recorded() {
  Cluster t;
  t.config = parsed(patient_conf());
  t.boot();
  t.all_up();
  const JobId first = t.submit(alice, t.job(2));
  const JobId second = t.submit(alice, t.job(1));
  t.pass(5);
  const JobId all = t.submit(bob, t.job(4));
  SubmitRequest brief = t.job(1);
  brief.spec.times.limit = TimeLimit::of(Minutes(1));
  const JobId last = t.submit(bob, brief);
  t.pass(20);
  t.ask(alice, JobVerbRequest{JobVerb::cancel, first});
  end(t, first);
  t.boot();
  t.all_up();
  t.pass(3);
  t.ask(alice, JobVerbRequest{JobVerb::cancel, second});
  end(t, second);
  t.ask(bob, JobVerbRequest{JobVerb::cancel, last});
  end(t, last);
  t.pass(30);
  SubmitRequest array = t.job(1);
  array.array = "0-20%9";
  t.submit(alice, array);
  t.ask(bob, JobVerbRequest{JobVerb::cancel, all});
  if (t.job_of(all).allocation) end(t, all);
  t.pass(10);
  for (int i = 0; i < 3; ++i) t.submit(alice, t.job(1));
  t.pass(10);
  return t.log;
}

LogReplay replayed(const std::vector<Record>& log) {
  auto replay = LogReplay::begin(State());
  REQUIRE(replay.ok());
  for (std::size_t i = 0; i < log.size(); ++i) {
    const Status taken = replay->take(log[i], std::span(log).subspan(i + 1));
    REQUIRE_MESSAGE(taken.ok(), text_of(taken.error()));
  }
  replay->finish();
  return std::move(*replay);
}

std::size_t starts_in(const std::vector<Record>& log) {
  return static_cast<std::size_t>(std::count_if(
      log.begin(), log.end(), [](const Record& record) { return std::holds_alternative<JobStarted>(record.event); }));
}

}  // namespace

TEST_CASE("log: the planner decides the same once more, at the same times on the same nodes") {
  const std::vector<Record> log = recorded();
  const LogReplay replay = replayed(log);
  REQUIRE(starts_in(log) >= 8);
  CHECK(replay.counts().starts == starts_in(log));
  for (const LogDifference& one : replay.differences()) MESSAGE(one.job.value << ": " << one.what);
  CHECK(replay.counts().same == replay.counts().starts);
  CHECK(replay.differences().empty());
}

TEST_CASE("log: jobs of a reservation, of whole nodes and of cores, are decided the same once more") {
  Cluster t;
  t.config = parsed(patient_conf());
  t.boot();
  t.all_up();
  const auto reserve = [&](const char* name, std::vector<KeyValue> keys) {
    keys.insert(keys.begin(), {{"Users", "alice"}, {"Duration", "10"}, {"StartTime", std::to_string(t.seconds)}});
    REQUIRE(t.refused(admin, UpdateRequest{"reservation", name, keys, UpdateVerb::create}) == Errc::ok);
  };
  reserve("whole", {{"Nodes", "n1"}});
  reserve("cores", {{"Nodes", "n2"}, {"CoreCnt", "2"}});
  reserve("drawing", {{"Nodes", "n3"}, {"Flags", "MAGNETIC"}});
  for (const char* name : {"whole", "cores", ""}) {
    SubmitRequest request = t.job(1);
    request.spec.times.limit = TimeLimit::of(Minutes(5));
    request.spec.labels.reservation = name;
    const JobId job = t.submit(alice, request);
    t.pass(2);
    REQUIRE(t.job_of(job).allocation);
    CHECK(t.job_of(job).allocation->reservation_number != 0);
  }
  const LogReplay replay = replayed(t.log);
  for (const LogDifference& one : replay.differences()) MESSAGE(one.job.value << ": " << one.what);
  CHECK(replay.counts().starts == 3);
  CHECK(replay.counts().same == 3);
}

// Within the same second: an array whose tasks take one licence or another and wait for the burst of submissions to be
// over, jobs that make room, and starts past those who wait for it.
TEST_CASE("log: preemption, fresh arrays and chosen licences are decided the same once more") {
  for (const char* mode : {"REQUEUE", "SUSPEND,GANG"}) {
    Cluster t;
    std::string text = patient_conf();
    text.replace(text.find("batch_sched_delay=0"), 19, "batch_sched_delay=1");
    t.config = parsed(text + "Licenses=a:2,b:2\nPreemptType=preempt/partition_prio\nPreemptMode=" + mode +
                      "\nPartitionName=high Nodes=ALL PriorityTier=5\n");
    t.boot();
    t.all_up();
    const auto submit = [&t](const char* partition, std::uint32_t nodes, const char* array = "") {
      SubmitRequest request = t.job(nodes);
      request.array = array;
      request.spec.placement.partitions = {partition};
      if (*array) request.spec.labels.licenses = "a:1|b:1";
      return t.submit(alice, request);
    };
    for (int round = 0; round < 3; ++round) {
      const JobId low = submit("main", 2), other = submit("main", 2);
      const JobId tasks = submit("high", 1, "0-5%2");
      const JobId high = submit("high", 1);
      submit("main", 1);
      for (const JobId id : {low, other, high}) end(t, id);
      t.pass(2);
      for (const JobId id : {low, other, high}) t.ask(alice, JobVerbRequest{JobVerb::cancel, id});
      t.ask(alice, JobVerbRequest{JobVerb::cancel, tasks});
      for (std::uint32_t id = 1; id < t.controller->state().next_job_id().value; ++id)
        if (t.controller->state().find(JobId(id)) && round == 1) end(t, JobId(id));
    }
    const auto makes_room = [](const Record& record) {
      const auto* suspended = std::get_if<JobSuspended>(&record.event);
      return (suspended && suspended->stands_aside) || std::holds_alternative<JobKillOrdered>(record.event);
    };
    CHECK(std::ranges::any_of(t.log, makes_room));
    CHECK(starts_in(t.log) >= 10);
    const LogReplay replay = replayed(t.log);
    for (const LogDifference& one : replay.differences()) MESSAGE(mode << " " << one.job.value << ": " << one.what);
    CHECK(replay.counts().same == starts_in(t.log));
    CHECK(replay.differences().empty());
  }
}

TEST_CASE("log: tasks that wait for those of another array are decided the same once more") {
  Cluster t;
  t.config = parsed(patient_conf());
  t.boot();
  t.all_up();
  SubmitRequest request = t.job(1);
  request.array = "1-2";
  const JobId first = t.submit(alice, request);
  request.spec.labels.dependency = "aftercorr:" + std::to_string(first.value);
  t.submit(alice, request);
  for (const JobId task : {first, JobId(first.value + 1)}) {
    t.report(t.job_of(task).allocation->batch_node().value + 1, BatchEnded{{task, 0}, {}});
    end(t, task);
    t.pass(1);
  }
  REQUIRE(starts_in(t.log) == 4);
  const LogReplay replay = replayed(t.log);
  for (const LogDifference& one : replay.differences()) MESSAGE(one.job.value << ": " << one.what);
  CHECK(replay.counts().same == 4);
}

TEST_CASE("log: a start that the planner would not have made is named, with what it would have done") {
  std::vector<Record> log = recorded();
  const auto is_start = [](const Record& record) { return std::holds_alternative<JobStarted>(record.event); };
  auto& second = std::get<JobStarted>(
      std::find_if(std::find_if(log.begin(), log.end(), is_start) + 1, log.end(), is_start)->event);
  second.allocation.shares.front().node = NodeIndex(3);
  auto replay = LogReplay::begin(State());
  REQUIRE(replay.ok());
  for (std::size_t i = 0; i < log.size(); ++i)
    if (!replay->take(log[i], std::span(log).subspan(i + 1))) break;
  REQUIRE(!replay->differences().empty());
  CHECK(replay->differences().front().what == "the log starts it on n4 (1 CPUs), the planner on n1 (1 CPUs)");
}

TEST_CASE("log: what ran when is a workload") {
  const std::vector<Record> log = recorded();
  State state;
  LogWorkload workload(false);
  for (const Record& record : log) {
    REQUIRE(apply(state, record).ok());
    workload.note(state, record);
  }
  workload.finish(state);
  const Workload& found = workload.workload();
  REQUIRE(found.jobs.size() == starts_in(log));
  CHECK(found.jobs[0].number == 1);
  CHECK(found.jobs[0].processors == 2);
  CHECK(found.jobs[0].run == Seconds(25));
  CHECK(found.jobs[0].asked == Seconds(600));
  CHECK(workload.longest_queue() == 9);  // tasks of the array
  const ReplayReport report = report_of(found, Outcomes{workload.played(), workload.partitions(), 16});
  CHECK(report.all.jobs == found.jobs.size());
  CHECK(report.users.size() == 2);
  REQUIRE(report.partitions.size() == 1);
  CHECK(report.partitions[0].name == "main");
}

TEST_CASE("log: a folder is read from its oldest snapshot, with a look at the record behind") {
  const std::vector<Record> log = recorded();
  const std::size_t middle = log.size() / 2;
  State before;
  RequestLog requests;
  for (std::size_t i = 0; i < middle; ++i) REQUIRE(apply(before, log[i]).ok());
  std::string segment = encode_segment_header({{}, log[middle - 2].position});
  for (std::size_t i = middle - 2; i < log.size(); ++i) append_record(segment, log[i], log[i].position);
  const std::string snapshot = encode_snapshot({}, before, requests);
  LogFiles files;
  files.names = {snapshot_name(before.position()), segment_name(log[middle - 2].position), "blobs"};
  files.read = [&](const std::string& name) { return name.starts_with("snap") ? snapshot : segment; };
  std::vector<LogPosition> seen, next_seen;
  LogListener listener;
  listener.begin = [&](State found) -> Status {
    CHECK(found.position() == before.position());
    return {};
  };
  listener.take = [&](const Record& record, std::span<const Record> following) -> Status {
    seen.push_back(record.position);
    if (!following.empty()) next_seen.push_back(following.front().position);
    return {};
  };
  REQUIRE(read_log(files, listener).ok());
  REQUIRE(seen.size() == log.size() - middle);
  CHECK(seen.front() == log[middle].position);
  CHECK(next_seen == std::vector<LogPosition>(seen.begin() + 1, seen.end()));
  CHECK(text_of(read_log({}, listener).error()) == "no journal is there: name the StateSaveLocation of a slurmctld");
}
