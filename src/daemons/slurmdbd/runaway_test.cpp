// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "daemons/slurmdbd/dbd_fixture.h"

namespace slurmxx {
namespace {

TEST_CASE_FIXTURE(DbdFixture,
                  "jobs without an end that the controller does not know are listed, and ended when asked") {
  for (std::uint32_t id : {1, 2, 3}) {
    JobFacts job{id};
    job.times.submitted = Instant(100);
    job.times.eligible = Instant(100);
    if (id != 2) job.times.started = Instant(200), job.state = JobState::running;
    take({record_of(job)});
  }
  DbdHouseOrder order{{"runawayjobs", "1"}, false, true, "C"};
  auto found = std::get<DbdBookOutcome>(ask(order));
  CHECK(found.changes);
  CHECK(found.out == "2|job|main|c|PENDING||\n3|job|main|c|RUNNING|200|\n");
  CHECK(number("SELECT COUNT(*) FROM jobs WHERE ended > 1000000000") == 3);
  order.commit = true;
  ask(order);
  CHECK(number("SELECT ended FROM jobs WHERE job_id = 2") == 100);
  CHECK(number("SELECT ended FROM jobs WHERE job_id = 3") == 200);
  CHECK(number("SELECT COUNT(*) FROM jobs WHERE ended > 1000000000") == 1);
  CHECK(number("SELECT COUNT(*) FROM audit WHERE action = 'fix runaway job'") == 2);
  order.commit = false;
  CHECK_FALSE(std::get<DbdBookOutcome>(ask(order)).changes);
  caller = {Uid(1000), Gid(1000), "alice", "c", false};
  CHECK(std::get<DbdError>(ask(order)).code == Errc::access_denied);
}

}  // namespace
}  // namespace slurmxx
