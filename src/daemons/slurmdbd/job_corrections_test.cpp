// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/accounting/order.h"
#include "core/text/words.h"
#include "daemons/slurmdbd/dbd_fixture.h"

namespace slurmxx {
namespace {

struct Corrected : DbdFixture {
  JobFacts facts{1};
  Corrected() {
    take({ClusterRecord{"head", 6817, "cpu=4", "n1", {}, Instant(10)}});
    facts.times.submitted = facts.times.eligible.emplace(100);
    facts.times.started = Instant(200), facts.state = JobState::running;
    tell("by slurmctld");
  }
  void tell(const char* comment) {
    JobRecord record = record_of(facts);
    auto spec = std::make_shared<JobSpec>(*record.view.job.spec);
    spec->labels.comment = comment;
    record.view.job.spec = std::move(spec);
    take({std::move(record)});
  }
  void end() { facts.times.ended = Instant(300), facts.state = JobState::completed; }
  DbdBookOutcome modify(std::vector<std::string> words) {
    const auto parsed = parse_order(BookVerb::modify, Entity::job, words);
    REQUIRE(parsed);
    return std::get<DbdBookOutcome>(ask(DbdBookOrder{*parsed, true}));
  }
  JobRecord row() {
    const auto rows = database->query("SELECT record FROM jobs WHERE job_id = 1");
    REQUIRE(rows);
    return *decode<JobRecord>(rows->front().text(0));
  }
  std::string comment() { return row().view.job.spec->labels.comment; }
};

TEST_CASE_FIXTURE(Corrected, "what was corrected of a job that runs outlasts its records") {
  modify({"jobid=1", "set", "comment=by hand", "systemcomment=seen", "admincomment=known", "newwckey=k"});
  end();
  tell("by slurmctld");
  CHECK(comment() == "by hand");
  CHECK(row().system_comment == "seen");
  CHECK(row().view.job.spec->labels.admin_comment == "known");
  CHECK(number("SELECT COUNT(*) FROM jobs WHERE wckey = 'k'") == 1);
  modify({"jobid=1", "set", "comment=by hand again"});
  tell("by slurmctld");
  CHECK(comment() == "by hand again");
}

TEST_CASE_FIXTURE(Corrected, "tasks of an array are corrected by the names that people give them") {
  for (std::uint32_t id : {2u, 3u, 4u}) {
    JobFacts task{id};
    task.times.submitted = task.times.eligible.emplace(100);
    JobRecord record = record_of(task);
    record.view.job.array = ArrayPart{JobId(2), IndexSet(id == 2 ? 3 : id - 2), true};  // the last has the array's id
    take({std::move(record)});
  }
  const auto corrected = [&](const char* name) {
    std::string ids;
    for (const std::string_view line : split(modify({std::string("jobid=") + name, "set", "extra=x"}).out, '\n'))
      if (line.starts_with("  ")) ids += line.substr(2, line.find(' ', 2) - 1);
    return ids;
  };
  CHECK(corrected("2_1") == "3 ");
  CHECK(corrected("2_[1,3]") == "2 3 ");
  CHECK(corrected("2") == "2 3 4 ");
  CHECK(corrected("1,2_2") == "1 4 ");
  CHECK(corrected("2_9") == "");
  const auto parsed = parse_order(BookVerb::modify, Entity::job, std::vector<std::string>{"jobid=x", "set", "extra=x"});
  CHECK(std::holds_alternative<DbdError>(ask(DbdBookOrder{*parsed, true})));
}

TEST_CASE_FIXTURE(Corrected, "who changed a job last is believed") {
  modify({"jobid=1", "set", "comment=by hand"});
  tell("changed since");
  CHECK(comment() == "changed since");
  tell("by slurmctld");
  CHECK(comment() == "by slurmctld");
  CHECK(number("SELECT COUNT(*) FROM job_corrections") == 0);
}

TEST_CASE_FIXTURE(Corrected, "a derived exit code that was corrected is kept") {
  CHECK(modify({"jobid=1", "set", "derivedexitcode=3:0"}).changes);
  end();
  tell("by slurmctld");
  CHECK(row().view.job.exit_of_steps == ExitCode{3, 0});
}

TEST_CASE_FIXTURE(Corrected, "a correction is a transaction, and in the audit trail with what was there before") {
  modify({"jobid=1", "set", "comment=by hand"});
  const auto done = database->query("SELECT action, actor, target, info FROM acct_transactions");
  REQUIRE((done && done->size() == 1));
  CHECK(done->front().text(0) == "Modify Job");
  CHECK(done->front().text(2) == "id_job=1");
  CHECK(done->front().text(3) == "comment=by hand");
  CHECK(number("SELECT COUNT(*) FROM audit WHERE action = 'Modify Job' AND value_before = 'comment=by slurmctld' AND "
               "value_after = 'comment=by hand'") == 1);
}

TEST_CASE_FIXTURE(Corrected, "jobs are chosen by when they ran") {
  end();
  tell("");
  CHECK_FALSE(modify({"endtime=300", "set", "comment=a"}).changes);
  CHECK_FALSE(modify({"starttime=201", "set", "comment=a"}).changes);
  CHECK(modify({"starttime=200", "endtime=301", "set", "comment=a"}).changes);
}

}  // namespace
}  // namespace slurmxx
