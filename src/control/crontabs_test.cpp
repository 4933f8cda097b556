// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// scrontab as the controller takes it: entries that wait, run, and wait for their next time.
#include "control/cluster_fixture.h"

using namespace slurmxx;
using namespace slurmxx::testing;

namespace {

struct Scron : Cluster {
  Scron() {
    begin_with(patient_conf() + "ScronParameters=enable\n");
    all_up();
  }
  CrontabJob entry(const std::string& when, std::uint32_t line) const {
    CrontabJob made{job().spec, "#!/bin/sh\ntrue\n", {}};
    made.spec.cron = CronEntry{when, line, line};
    return made;
  }
  ClientReply set(const Caller& caller, const std::string& text, std::vector<CrontabJob> jobs) {
    return ask(caller, SetCrontabRequest{caller.uid, text, std::move(jobs)});
  }
  JobId only(const Caller& caller, const std::string& when) {
    const ClientReply reply = set(caller, when + " true\n", {entry(when, 1)});
    REQUIRE(std::holds_alternative<CrontabReply>(reply));
    return std::get<CrontabReply>(reply).jobs.at(0);
  }
  std::string text(const Caller& caller) {
    const ClientReply reply = ask(caller, CrontabRequest{caller.uid});
    return std::get<CrontabReply>(reply).text;
  }
  void end(JobId id) {
    const std::uint64_t node = job_of(id).allocation->shares.front().node.value + 1;
    const std::uint32_t life = job_of(id).restarts;
    report(node, BatchEnded{{id, life}, {}, ""});
    report(node, NodeCleared{{id, life}, ""});
  }
};

}  // namespace

TEST_CASE("an entry waits for its time, runs, and waits for the next one under the same number") {
  Scron c;  // it is 02:46:40 UTC
  const JobId job = c.only(alice, "0 * * * *");
  CHECK(c.job_of(job).state == JobState::pending);
  CHECK(c.job_of(job).spec->times.begin == Instant(3 * 3600));
  CHECK(c.reason(job) == "BeginTime");
  c.pass(3 * 3600 - 10'000);
  CHECK(c.job_of(job).state == JobState::running);
  c.end(job);
  CHECK(c.job_of(job).state == JobState::pending);
  CHECK(c.job_of(job).spec->times.begin == Instant(4 * 3600));
  c.boot();
  c.all_up();
  CHECK(c.text(alice) == "0 * * * * true\n");
  c.pass(3600);
  CHECK(c.job_of(job).state == JobState::running);
}

TEST_CASE("a job of a crontab is cancelled with --cron alone, and its line becomes a comment") {
  Scron c;
  const JobId job = c.only(alice, "@daily");
  const ClientReply reply = c.ask(alice, JobVerbRequest{JobVerb::cancel, job});
  CHECK(std::get<ErrorReply>(reply).message == "Cannot cancel scrontab jobs without --cron flag.");
  JobVerbRequest request{JobVerb::cancel, job};
  request.cron = true;
  CHECK(c.refused(alice, request) == Errc::ok);
  CHECK(c.job_of(job).state == JobState::cancelled);
  CHECK(c.text(alice) == "#DISABLED: @daily true\n");
  c.pass(10);
  CHECK(c.job_of(job).state == JobState::cancelled);
}

TEST_CASE("a new file takes the place of the one before: who waits is cancelled, who runs does not come again") {
  Scron c;
  const JobId first = c.only(alice, "* * * * *");
  c.pass(60);
  REQUIRE(c.job_of(first).state == JobState::running);
  const JobId second = c.only(alice, "@daily");
  CHECK(c.job_of(first).state == JobState::running);
  c.end(first);
  CHECK(c.job_of(first).state == JobState::completed);
  const ClientReply removed = c.set(alice, "", {});
  CHECK(std::holds_alternative<CrontabReply>(removed));
  CHECK(c.job_of(second).state == JobState::cancelled);
  CHECK(c.text(alice).empty());
  CHECK(c.controller->state().crontabs().empty());
}

TEST_CASE("a file with one entry that is refused changes nothing") {
  Scron c;
  const JobId job = c.only(alice, "@daily");
  CrontabJob bad = c.entry("@hourly", 2);
  bad.spec.placement.partitions = {"nope"};
  const ClientReply reply = c.set(alice, "two", {c.entry("@weekly", 1), bad});
  REQUIRE(std::holds_alternative<ErrorReply>(reply));
  CHECK(std::get<ErrorReply>(reply).message == "lines 2-2: invalid partition specified: nope");
  CHECK(c.job_of(job).state == JobState::pending);
  CHECK(c.text(alice) == "@daily true\n");
  int waiting = 0;
  c.controller->state().jobs().for_each([&](std::uint64_t, const Job& one) { waiting += !is_ended(one.state); });
  CHECK(waiting == 1);
}

TEST_CASE("crontabs are their owners', and there are none unless slurm.conf says so") {
  Scron c;
  c.only(alice, "@daily");
  CHECK(c.refused(bob, CrontabRequest{alice.uid}) == Errc::access_denied);
  CHECK(c.refused(bob, SetCrontabRequest{alice.uid, "", {}}) == Errc::access_denied);
  CHECK(c.refused(admin, CrontabRequest{alice.uid}) == Errc::ok);
  Cluster plain;
  CHECK(plain.refused(alice, CrontabRequest{alice.uid}) == Errc::disabled);
}
