// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "daemons/slurmctld/query_pool.h"

#include <doctest/doctest.h>

#include "core/config/cluster_config.h"
#include "state/codec.h"

using namespace slurmxx;

namespace {

std::shared_ptr<const Published> picture_with(std::uint32_t jobs) {
  Warnings warnings;
  auto config = parse_cluster_config(
      "slurm.conf",
      [](std::string_view) -> Result<std::string> {
        return std::string("ClusterName=t\nSlurmctldHost=head\nNodeName=n1\nPartitionName=main Nodes=n1 Default=YES\n");
      },
      warnings);
  REQUIRE(config.ok());
  State state;
  JobSpec spec;
  spec.placement.partitions = {"main"};
  for (std::uint32_t id = 1; id <= jobs; ++id) {
    spec.owner.uid = Uid(id % 2);
    const Record record{LogPosition(id), Instant(1000), RequestId(),
                        JobSubmitted{JobId(id), std::make_shared<const JobSpec>(spec)}};
    REQUIRE(apply(state, record).ok());
  }
  return picture_of(std::move(state), std::make_shared<const ClusterConfig>(std::move(*config)));
}

// What the pool sent, and the waiting for it.
struct Sent {
  struct Answer {
    JobsReply reply;
    bool more;
  };
  QueryPool::Send handler() {
    return [this](SessionId, std::string bytes, bool more) {
      const auto answer = decode<ClientAnswer>(bytes);
      const std::lock_guard lock(mutex);
      if (answer && std::holds_alternative<JobsReply>(answer->body))
        answers.push_back({std::get<JobsReply>(answer->body), more});
      come.notify_all();
    };
  }
  bool wait(std::size_t count) {
    std::unique_lock lock(mutex);
    return come.wait_for(lock, std::chrono::seconds(60), [&] { return answers.size() >= count; });
  }
  std::mutex mutex;
  std::condition_variable come;
  std::vector<Answer> answers;
};

Query query_of(std::shared_ptr<const Published> picture, JobsRequest request = {}) {
  return {SessionId(1), 7, std::move(request), std::move(picture), Instant(1000), JobId()};
}

}  // namespace

TEST_CASE("a long list goes out in parts, each when the reader has taken the one before") {
  Sent sent;
  CallStatistics statistics;
  QueryPool pool(sent.handler(), statistics);
  REQUIRE(pool.push(query_of(picture_with(2 * jobs_in_part_max + 5))));
  REQUIRE(sent.wait(1));
  CHECK(sent.answers[0].more);
  CHECK(sent.answers[0].reply.more);
  CHECK(sent.answers[0].reply.jobs.size() == jobs_in_part_max);
  pool.drained(SessionId(1));
  REQUIRE(sent.wait(2));
  CHECK(sent.answers[1].reply.jobs.front().job.id == JobId(jobs_in_part_max + 1));
  pool.drained(SessionId(1));
  REQUIRE(sent.wait(3));
  CHECK(!sent.answers[2].more);
  CHECK(sent.answers[2].reply.jobs.size() == 5);
}

TEST_CASE("a reader that takes nothing is refused more queries, and is forgotten when it goes") {
  Sent sent;
  CallStatistics statistics;
  QueryPool pool(sent.handler(), statistics);
  const auto picture = picture_with(jobs_in_part_max + 1);
  for (std::size_t i = 0; i < QueryPool::session_queries_max; ++i) CHECK(pool.push(query_of(picture)));
  REQUIRE(sent.wait(QueryPool::session_queries_max));
  CHECK(!pool.push(query_of(picture)));  // all of them are parked: nothing was taken
  CHECK(sent.answers.size() == QueryPool::session_queries_max);
  pool.closed(SessionId(1));
  CHECK(pool.push(query_of(picture)));
}

TEST_CASE("jobs are picked by user where they are, not where they are read") {
  Sent sent;
  CallStatistics statistics;
  QueryPool pool(sent.handler(), statistics);
  JobsRequest request;
  request.users = {Uid(1)};
  REQUIRE(pool.push(query_of(picture_with(9), request)));
  REQUIRE(sent.wait(1));
  const auto& jobs = sent.answers[0].reply.jobs;
  REQUIRE(jobs.size() == 5);
  CHECK(jobs[0].job.spec != nullptr);
  CHECK(jobs[1].job.spec == nullptr);  // as the one before: it is sent once
}
