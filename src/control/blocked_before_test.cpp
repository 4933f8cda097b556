// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/blocked_before.h"

#include "control/accounting_fold.h"
#include "control/cluster_fixture.h"

using namespace slurmxx;
using namespace slurmxx::testing;

namespace {

struct Queue : Cluster {
  Queue() {
    config = parsed(patient_conf());
    boot();
    all_up();
  }
  SubmitRequest whole(std::uint32_t nodes) const {
    SubmitRequest request = job(nodes);
    request.spec.placement.sharing = Sharing::exclusive;
    return request;
  }
  void end(JobId id) {
    const std::vector<NodeIndex> nodes = job_of(id).unfinished;
    report(nodes.front().value + 1, BatchEnded{{id, 0}, ExitCode{}, "", {}});
    for (const NodeIndex node : nodes) report(node.value + 1, NodeCleared{{id, 0}, ""});
    pass(5);
  }
  // As sacct shows it.
  std::string told(JobId id) {
    const auto records = AccountingFold::everything(*controller->publish());
    for (const AccountingRecord& record : records)
      if (const auto* job = std::get_if<JobRecord>(&record); job && job->view.job.id == id) return job->view.reason;
    return "";
  }
};

}  // namespace

TEST_CASE_FIXTURE(Queue,
                  "what held a job back last outlives its start and its end, but for its turn and want of room") {
  const JobId blocks = submit(alice, whole(4));
  REQUIRE(job_of(blocks).runs());
  const JobId waits = submit(alice, whole(1));
  SubmitRequest asked = whole(1);
  asked.spec.policy.hold = true;
  const JobId held = submit(alice, asked);
  pass(5);
  CHECK(told(held) == "JobHeldUser");
  CHECK(reason(waits) == "Resources");
  CHECK(told(waits) == "None");
  REQUIRE(refused(alice, JobVerbRequest{JobVerb::release, held}) == Errc::ok);
  pass(5);
  CHECK(reason(held) == "Priority");
  CHECK(told(held) == "None");  // of one that waits, only what holds it back now
  end(blocks);
  REQUIRE(job_of(held).runs());
  REQUIRE(job_of(waits).runs());
  CHECK(told(held) == "JobHeldUser");
  CHECK(told(waits) == "None");
  end(held);
  CHECK(told(held) == "JobHeldUser");
}

TEST_CASE_FIXTURE(Queue, "a job that is cancelled before it starts keeps why it waited") {
  SubmitRequest asked = whole(1);
  asked.spec.times.begin = Instant(seconds + 1000);
  const JobId later = submit(alice, asked);
  pass(5);
  REQUIRE(reason(later) == "BeginTime");
  REQUIRE(refused(alice, JobVerbRequest{JobVerb::cancel, later}) == Errc::ok);
  REQUIRE(job_of(later).state == JobState::cancelled);
  CHECK(told(later) == "BeginTime");
  CHECK(reason(later) == "None");
}

TEST_CASE("tasks of an array that waited for the end of a burst alone were held back by none of its others") {
  Queue c;
  std::string text = patient_conf();
  c.config = parsed(text.erase(text.find("SchedulerParameters"), 39));
  c.boot();
  c.all_up();
  SubmitRequest request = c.job();
  request.array = "1-4%2";
  const JobId array = c.submit(alice, request);
  c.submit(alice, c.job());  // the burst goes on
  REQUIRE(c.job_of(array).state == JobState::pending);
  CHECK(c.told(array) == "None");
  c.pass(5);
  int running = 0;
  c.controller->state().jobs().for_each([&](std::uint64_t, const Job& job) {
    if (!job.array || !job.runs()) return;
    CHECK(c.told(job.id) == "None");
    ++running;
  });
  CHECK(running == 2);
  CHECK(c.told(array) == "JobArrayTaskLimit");  // of those that are left
}
