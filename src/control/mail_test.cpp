// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/mail.h"

#include <algorithm>

#include "control/accounted_fixture.h"

using namespace slurmxx;
using namespace slurmxx::testing;

namespace {

// What was written at the last step: "RECIPIENT: SUBJECT".
std::vector<std::string> letters(const Cluster& c) {
  std::vector<std::string> found;
  for (const Outgoing& one : c.out)
    if (const auto* program = std::get_if<SiteProgram>(&one.what); program && program->name == "MailProg") {
      REQUIRE(program->words.size() == 4);
      CHECK(program->words[0] == "/bin/mail");
      CHECK(program->words[1] == "-s");
      found.push_back(program->words[3] + ": " + program->words[2]);
    }
  return found;
}

std::vector<std::string> letters_at_end(Accounted& c, JobId id, ExitCode exit = {}) {
  c.report(c.job_of(id).allocation->shares.front().node.value + 1, BatchEnded{{id, c.job_of(id).restarts}, exit});
  auto found = letters(c);
  c.leave(id);
  return found;
}

SubmitRequest mailing(Cluster& c, std::vector<std::string> types, const std::string& user = "") {
  SubmitRequest request = c.job(1);
  request.spec.labels.name = "work";
  request.spec.labels.mail_types = std::move(types);
  request.spec.labels.mail_user = user;
  request.spec.times.limit = TimeLimit::of(Minutes(10));
  return request;
}

using Letters = std::vector<std::string>;

}  // namespace

TEST_CASE("mail tells when a job began and how it ended") {
  Accounted c("MailDomain=example.org\n");
  const JobId first = c.submit(alice, mailing(c, {"ALL"}));
  CHECK(letters(c) == Letters{"alice@example.org: Slurm Job_id=1 Name=work Began, Queued time 00:00:00"});
  c.pass(65);
  CHECK(letters_at_end(c, first) ==
        Letters{"alice@example.org: Slurm Job_id=1 Name=work Ended, Run time 00:01:05, COMPLETED, ExitCode 0"});
  const JobId second = c.submit(alice, mailing(c, {"FAIL"}, "bob@home"));
  CHECK(letters_at_end(c, second, {3, 0}) ==
        Letters{"bob@home: Slurm Job_id=2 Name=work Failed, Run time 00:00:00, FAILED, ExitCode 3"});
  CHECK(letters_at_end(c, c.submit(alice, mailing(c, {"FAIL"}))).empty());
  CHECK(letters_at_end(c, c.submit(alice, mailing(c, {"NONE"}))).empty());
}

TEST_CASE("what a user writes reaches MailProg as a subject and a recipient alone") {
  Accounted c;
  c.submit(alice, mailing(c, {"BEGIN"}, "-A/etc/shadow"));
  CHECK(letters(c).empty());
  SubmitRequest request = mailing(c, {"BEGIN"}, "bob");
  request.spec.labels.name = "a\nBcc: eve";
  c.submit(alice, request);
  CHECK(letters(c) == Letters{"bob: Slurm Job_id=2 Name=a?Bcc: eve Began, Queued time 00:00:00"});
}

TEST_CASE("mail tells how much of its limit a job has had, each part once") {
  Accounted c;
  const JobId id = c.submit(alice, mailing(c, {"TIME_LIMIT_50", "TIME_LIMIT_80", "TIME_LIMIT"}));
  c.pass(299);
  CHECK(letters(c).empty());
  c.pass(1);
  CHECK(letters(c) == Letters{"alice: Slurm Job_id=1 Name=work Reached 50% of time limit, Run time 00:05:00"});
  c.pass(100);
  c.boot();
  c.hello(1, {{id, 0}});
  c.pass(81);
  CHECK(letters(c) == Letters{"alice: Slurm Job_id=1 Name=work Reached 80% of time limit, Run time 00:08:01"});
  c.pass(1);
  CHECK(letters(c).empty());
}

TEST_CASE("of an array one mail tells of all tasks") {
  Accounted c;
  SubmitRequest request = mailing(c, {"BEGIN", "END"});
  request.array = "1-2";
  const JobId array = c.submit(alice, request);
  c.pass(5);
  CHECK(letters(c) == Letters{"alice: Slurm Array Summary Job_id=1_* (1) Name=work Began"});
  std::vector<JobId> tasks;
  c.controller->state().jobs().for_each([&](std::uint64_t, const Job& job) { tasks.push_back(job.id); });
  REQUIRE(tasks.size() == 2);
  CHECK(letters_at_end(c, tasks[0]).empty());
  CHECK(letters_at_end(c, tasks[1]).empty());
  CHECK(letters(c) == Letters{"alice: Slurm Array Summary Job_id=1_* (1) Name=work Ended, COMPLETED, ExitCode [0-0]"});
  CHECK(c.job_of(array).state == JobState::completed);
}

TEST_CASE("mail tells of a dependency that will never be satisfied, once, and how long a requeued job ran") {
  Accounted c;
  const JobId first = c.submit(alice, mailing(c, {"REQUEUE"}));
  SubmitRequest later = mailing(c, {"INVALID_DEPEND"});
  later.spec.labels.dependency = "afterok:1";
  c.submit(alice, later);
  c.pass(30);
  c.ask(alice, JobVerbRequest{JobVerb::requeue, first, {}, 0, false});
  CHECK(letters(c) == Letters{"alice: Slurm Job_id=1 Name=work Requeued, Run time 00:00:30"});
  c.leave(first);
  c.pass(200);
  REQUIRE(c.job_of(first).runs());
  letters_at_end(c, first, {1, 0});
  CHECK(letters(c) == Letters{"alice: Slurm Job_id=2 Name=work Invalid dependency"});
  c.pass(10);
  CHECK(letters(c).empty());
}
