// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/private_data.h"

#include "control/accounted_fixture.h"

using namespace slurmxx;
using namespace slurmxx::testing;

namespace {

// What becomes of a request of uid 1000 (alice), or of another.
struct Kept {
  Cluster c;
  Uid caller = Uid(1000);

  explicit Kept(const std::string& words) {
    c.begin_with(std::string(conf) + (words.empty() ? "" : "PrivateData=" + words + "\n"));
  }
  Errc of(ClientRequest& request) {
    const Status may = keep_private(
        *c.controller->publish(), caller, [] { return std::string("alice"); }, request);
    return may ? Errc::ok : may.error().code;
  }
  Errc of(ClientRequest&& request) { return of(request); }
};

}  // namespace

TEST_CASE("PrivateData: users see their own jobs and usage, and no nodes, partitions or reservations") {
  const ClientRequest with_partitions{NodesRequest{true}}, nodes{NodesRequest{false}};
  Kept open("");
  ClientRequest jobs{JobsRequest{}};
  CHECK(open.of(jobs) == Errc::ok);
  CHECK(!std::get<JobsRequest>(jobs).seen);
  CHECK(open.of(ClientRequest(nodes)) == Errc::ok);

  Kept own_jobs("jobs");
  CHECK(own_jobs.of(jobs) == Errc::ok);
  CHECK(std::get<JobsRequest>(jobs).seen->user == Uid(1000));
  ClientRequest priorities{PrioritiesRequest{}};
  CHECK(own_jobs.of(priorities) == Errc::ok);
  CHECK(std::get<PrioritiesRequest>(priorities).seen->user == Uid(1000));
  CHECK(own_jobs.of(ClientRequest(with_partitions)) == Errc::ok);

  Kept partitions("partitions");
  CHECK(partitions.of(ClientRequest(with_partitions)) == Errc::access_denied);
  CHECK(partitions.of(ClientRequest(nodes)) == Errc::ok);
  CHECK(Kept("nodes").of(ClientRequest(nodes)) == Errc::access_denied);
  CHECK(Kept("reservations").of(ReservationsRequest{}) == Errc::access_denied);
  CHECK(partitions.of(ReservationsRequest{}) == Errc::ok);

  ClientRequest shares{SharesRequest{}};
  CHECK(Kept("usage").of(shares) == Errc::ok);
  CHECK(std::get<SharesRequest>(shares).user == "alice");
}

TEST_CASE("PrivateData is not for root and SlurmUser") {
  Kept all("jobs,nodes,partitions,reservations,usage");
  all.caller = root_uid;
  ClientRequest jobs{JobsRequest{}};
  CHECK(all.of(jobs) == Errc::ok);
  CHECK(!std::get<JobsRequest>(jobs).seen);
  CHECK(all.of(NodesRequest{true}) == Errc::ok);
  CHECK(all.of(ReservationsRequest{}) == Errc::ok);
}

TEST_CASE(
    "PrivateData=jobs: a user sees his jobs, a coordinator those of his accounts, an operator all; nor are others "
    "named") {
  Accounted c("PrivateData=jobs,nodes\n", {"add user carol account=phys", "add coordinator account=phys names=carol"});
  const Caller carol{Uid(1003), Gid(1003), "carol", "carol", {}, ""};
  const JobId running = c.run(bob, 4), waits = c.run(alice, 4), of_bob = c.run(bob, 4);
  const auto told_to = [&](const Caller& caller, ClientRequest request) {
    const auto picture = c.controller->publish();
    REQUIRE(keep_private(
        *picture, caller.uid, [&] { return caller.user_name; }, request));
    std::vector<JobId> seen;
    if (const auto* jobs = std::get_if<JobsRequest>(&request)) {
      const JobsPart part = answer_jobs(*picture, *jobs, c.now().wall, JobId());
      for (const JobView& one : part.reply->jobs) seen.push_back(one.job.id);
      return seen;
    }
    const PrioritiesReply reply = answer_priorities(*picture, std::get<PrioritiesRequest>(request));
    for (const PriorityRow& one : reply.rows) seen.push_back(one.job);
    return seen;
  };
  CHECK(told_to(alice, JobsRequest{}) == std::vector{waits});
  CHECK(told_to(alice, PrioritiesRequest{}) == std::vector{waits});
  CHECK(told_to(alice, PrioritiesRequest{{of_bob}, {}}).empty());
  CHECK(told_to(carol, JobsRequest{}) == std::vector{running, waits, of_bob});
  CHECK(told_to(carol, PrioritiesRequest{}) == std::vector{waits, of_bob});

  CHECK(c.refused(admin, UpdateRequest{"node", "n4", {{"State", "DRAIN"}, {"Reason", "disk"}}}) == Errc::ok);
  CHECK(c.refused(alice, ExplainRequest{of_bob}) == Errc::invalid_job_id);
  const auto explained = [&](const Caller& caller) {
    return std::get<ExplainReply>(c.ask(caller, ExplainRequest{waits})).explanation;
  };
  CHECK(explained(alice).partitions.at(0).in_the_way.empty());
  CHECK(explained(alice).partitions.at(0).unavailable.empty());
  CHECK(explained(carol).partitions.at(0).in_the_way == std::vector{running});
  CHECK(explained(admin).partitions.at(0).unavailable == "n4");
}
