// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/private_data.h"

#include "control/cluster_fixture.h"

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
  CHECK(std::get<JobsRequest>(jobs).users.empty());
  CHECK(open.of(ClientRequest(nodes)) == Errc::ok);

  Kept own_jobs("jobs");
  CHECK(own_jobs.of(jobs) == Errc::ok);
  CHECK(std::get<JobsRequest>(jobs).users == std::vector<Uid>{Uid(1000)});
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
  CHECK(std::get<JobsRequest>(jobs).users.empty());
  CHECK(all.of(NodesRequest{true}) == Errc::ok);
  CHECK(all.of(ReservationsRequest{}) == Errc::ok);
}
