// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "replay/replay.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "replay/report.h"

using namespace slurmxx;

namespace {

ClusterConfig cluster(std::uint32_t cpus, const std::string& more) {
  const std::string text = fmt::format(
      "ClusterName=replay\nSlurmctldHost=here\nSelectType=select/cons_tres\nSelectTypeParameters=CR_CPU\n"
      "NodeName=n1 CPUs={}\nPartitionName=all Nodes=n1 Default=YES MaxTime=INFINITE\n{}",
      cpus, more);
  Warnings warnings;
  auto config = parse_cluster_config(
      "slurm.conf", [&](const std::string&) { return Result<std::string>(text); }, warnings);
  REQUIRE_MESSAGE(config.ok(), text_of(config.error()));
  return std::move(*config);
}

// job  submitted  wait  run  used  cpu  memory  asked processors, time
constexpr const char* record =
    "; MaxProcs: 4\n"
    "1 0 -1 100 2 -1 -1 2 100 -1 1 7 1 -1 -1 -1 -1 -1\n"
    "2 0 -1 100 4 -1 -1 4 100 -1 1 7 1 -1 -1 -1 -1 -1\n"   // waits for all four
    "3 10 -1 50 2 -1 -1 2 50 -1 1 8 1 -1 -1 -1 -1 -1\n"    // may pass it: ends in time
    "4 10 -1 200 2 -1 -1 2 200 -1 1 8 1 -1 -1 -1 -1 -1\n"  // may not
    "5 20 -1 10 9 -1 -1 9 10 -1 1 8 1 -1 -1 -1 -1 -1\n"    // larger than the machine
    "6 20 -1 10 -1 -1 -1 -1 10 -1 1 8 1 -1 -1 -1 -1 -1\n";

std::vector<std::int64_t> starts(const ClusterConfig& config, const Workload& workload) {
  Replay replay(config, workload);
  REQUIRE(replay.begin().ok());
  while (true) {
    const auto more = replay.step();
    REQUIRE(more.ok());
    if (!*more) break;
  }
  std::vector<std::int64_t> found;
  for (const Played& one : replay.played()) found.push_back(one.fate == Played::Fate::ran ? one.started.seconds : -1);
  return found;
}

}  // namespace

TEST_CASE("swf: what a job asked for is read, what fits nowhere is counted") {
  const auto workload = parse_swf(record, {});
  REQUIRE(workload.ok());
  CHECK(workload->processors == 4);
  CHECK(workload->jobs.size() == 4);
  CHECK(workload->too_large == 1);
  CHECK(workload->without_size == 1);
  CHECK(workload->jobs[2].asked == Seconds(50));
  CHECK(workload->jobs[2].user == Uid(8));
  CHECK(parse_swf(record, 9)->jobs.size() == 5);
}

TEST_CASE("swf: a run time that is longer than what was asked for, and none, are mended") {
  const auto workload = parse_swf("1 5 -1 -1 2 -1 -1 -1 -1\n2 3 -1 700 1 -1 -1 1 600\n", {});
  REQUIRE(workload.ok());
  CHECK(workload->jobs[0].number == 2);  // submitted first
  CHECK(workload->jobs[0].asked == Seconds(700));
  CHECK(workload->jobs[1].run == Seconds(1));
  CHECK(workload->jobs[1].processors == 2);
}

TEST_CASE("swf: a line that is none is named") {
  CHECK(text_of(parse_swf("1 0 -1 ten 4\n", {}).error()) == "line 1: 'ten' is no number; SWF has 18 numbers a line");
  CHECK(text_of(parse_swf("; \n1 0 -1\n", {}).error()) == "line 2: 3 numbers; SWF has 18 a line");
  CHECK(text_of(parse_swf("; nothing\n", {}).error()) == "no job has a size");
}

TEST_CASE("replay: first come, first served with sched/builtin; with backfill what ends in time passes") {
  const auto workload = parse_swf(record, {});
  REQUIRE(workload.ok());
  using Starts = std::vector<std::int64_t>;
  CHECK(starts(cluster(4, "SchedulerType=sched/builtin\n"), *workload) == Starts{0, 100, 200, 200});
  CHECK(starts(cluster(4, "SchedulerType=sched/backfill\n"), *workload) == Starts{0, 100, 10, 200});
}

TEST_CASE("replay: the report's figures by hand") {
  const auto workload = parse_swf(record, {});
  REQUIRE(workload.ok());
  const ClusterConfig config = cluster(4, "SchedulerType=sched/builtin\n");
  Replay replay(config, *workload, {.keep_lanes = true});
  REQUIRE(replay.begin().ok());
  for (auto more = replay.step(); more.ok() && *more; more = replay.step()) {
  }
  const ReplayReport report = report_of(*workload, replay);
  CHECK(report.all.jobs == 4);
  CHECK(report.all.wait_mean == doctest::Approx((0 + 100 + 190 + 190) / 4.0));
  CHECK(report.all.wait_max == 190);
  CHECK(report.all.slowdown_mean == doctest::Approx((1 + 2 + 240 / 50.0 + 390 / 200.0) / 4));
  CHECK(report.last_end == Instant(400));
  CHECK(report.all.utilisation == doctest::Approx((200 + 400 + 100 + 400) / 1600.0));
  REQUIRE(report.users.size() == 2);
  CHECK(report.users[0].name == "7");
  CHECK(report.users[0].jobs == 2);
  REQUIRE(replay.played()[1].lanes.size() == 1);
  CHECK(replay.played()[1].lanes[0].count == 4);
}

namespace {

// job  submitted  wait  run  used  cpu  memory  asked processors, time  memory  status  user  group  executable  queue
// partition  preceding job  think time
constexpr const char* chained =
    "; MaxProcs: 4\n; Queue: 1 small\n; Queue:  2  large\n; Partition: 5 large\n"
    "1 0 -1 100 1 -1 -1 1 100 -1 1 7 1 -1 1 5 -1 -1\n"
    "2 5 -1 10 1 -1 -1 1 10 -1 1 7 1 -1 2 -1 1 20\n"    // 20 seconds after the end of 1
    "3 6 -1 10 1 -1 -1 1 10 -1 1 8 1 -1 9 -1 2 -1\n"    // at the end of 2
    "4 7 -1 10 1 -1 -1 1 10 -1 1 8 1 -1 9 -1 77 30\n";  // there is no 77

ClusterConfig two_partitions() {
  return cluster(4,
                 "NodeName=n2 CPUs=4\nPartitionName=small Nodes=n1 MaxTime=INFINITE\n"
                 "PartitionName=large Nodes=n2 MaxTime=INFINITE\n");
}

std::vector<std::string> partitions_of(const Workload& workload, ReplayOptions options) {
  const ClusterConfig config = two_partitions();
  Replay replay(config, workload, std::move(options));
  REQUIRE(replay.begin().ok());
  for (auto more = replay.step(); more.ok() && *more; more = replay.step()) {
  }
  std::vector<std::string> names;
  for (const Played& one : replay.played()) names.push_back(replay.partition_names().at(one.partition));
  return names;
}

}  // namespace

TEST_CASE("swf: who names a preceding job comes its think time after that has ended") {
  const auto workload = parse_swf(chained, {});
  REQUIRE(workload.ok());
  CHECK(starts(cluster(4, ""), *workload) == std::vector<std::int64_t>{0, 120, 130, 7});
}

TEST_CASE("replay: queues and partitions of the workload become those of slurm.conf that have the name") {
  const auto workload = parse_swf(chained, {});
  REQUIRE(workload.ok());
  using Names = std::vector<std::string>;
  CHECK(partitions_of(*workload, {}) == Names{"small", "large", "all", "all"});
  CHECK(partitions_of(*workload, {.partitions = {PartitionChoice::By::partition}}) ==
        Names{"large", "all", "all", "all"});
  CHECK(partitions_of(*workload, {.partitions = {PartitionChoice::By::queue, {{9, "small"}, {1, "large"}}}}) ==
        Names{"large", "large", "small", "small"});
  const ClusterConfig config = two_partitions();
  Replay wrong(config, *workload, {.partitions = {PartitionChoice::By::queue, {{9, "tiny"}}}});
  CHECK(text_of(wrong.begin().error()) == "--map=9=tiny: slurm.conf has no such partition");
}

TEST_CASE("replay: figures by partition") {
  const auto workload = parse_swf(chained, {});
  REQUIRE(workload.ok());
  const ClusterConfig config = two_partitions();
  Replay replay(config, *workload);
  REQUIRE(replay.begin().ok());
  for (auto more = replay.step(); more.ok() && *more; more = replay.step()) {
  }
  const ReplayReport report = report_of(*workload, replay);
  REQUIRE(report.partitions.size() == 3);
  CHECK(report.partitions[0].name == "small");
  CHECK(report.partitions[0].cpu_seconds == 100);
  CHECK(report.partitions[1].jobs == 2);
  CHECK(report.all.wait_max == 0);  // from when they came
}
