// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/cluster_fixture.h"

using namespace slurmxx;
using namespace slurmxx::testing;

namespace {

// salloc on session 100, which waits for the end of its allocation as long as its command runs.
struct Shop : Cluster {
  explicit Shop(const std::string& more, HeldBy holder = HeldBy::salloc) {
    config = parsed(patient_conf() + more);
    boot();
    all_up();
    SubmitRequest request = job();
    request.script.clear();
    request.spec.policy.batch = false;
    request.spec.policy.held_by = holder;
    id = submit(alice, request);
    watch();
  }
  void watch() {
    WaitRequest wait{id};
    wait.for_end = true;
    ask(alice, wait);
  }
  void hang_up() {
    controller->begin(now());
    controller->closed(SessionId(100));
    settle();
  }
  void restart() {
    boot();
    all_up();
  }
  JobState state() const { return job_of(id).state; }

  JobId id;
};

}  // namespace

TEST_CASE("InactiveLimit ends the job of a salloc that answers no longer") {
  Shop c("InactiveLimit=30\n");
  c.pass(100);
  CHECK(c.state() == JobState::running);
  c.hang_up();
  c.pass(29);
  CHECK(c.state() == JobState::running);
  c.pass(2);
  CHECK(c.state() == JobState::timeout);
  CHECK(c.job_of(c.id).end_reason == "InactiveLimit");
  CHECK(c.orders<EndJob>().size() == 1);
}

TEST_CASE("InactiveLimit holds over a restart: who asks again keeps its job, who does not loses it") {
  Shop alive("InactiveLimit=30\n");
  alive.restart();
  alive.pass(20);
  alive.watch();
  alive.pass(100);
  CHECK(alive.state() == JobState::running);
  Shop dead("InactiveLimit=30\n");
  dead.restart();
  dead.pass(29);
  CHECK(dead.state() == JobState::running);
  dead.pass(2);
  CHECK(dead.state() == JobState::timeout);
}

TEST_CASE("without InactiveLimit, and with --no-shell, an allocation stays") {
  Shop unlimited("");
  unlimited.hang_up();
  unlimited.pass(500);
  CHECK(unlimited.state() == JobState::running);
  Shop no_shell("InactiveLimit=30\n", HeldBy::salloc_until_start);
  no_shell.hang_up();
  no_shell.pass(500);
  CHECK(no_shell.state() == JobState::running);
}
