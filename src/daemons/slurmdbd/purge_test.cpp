// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "accounting/purge.h"

#include <fmt/format.h>

#include "accounting/archive_format.h"
#include "accounting/audit.h"
#include "accounting/rollup.h"
#include "adapters/step/step_folder.h"
#include "core/text/instant_text.h"
#include "core/text/words.h"
#include "daemons/slurmdbd/archive_host.h"
#include "daemons/slurmdbd/dbd_fixture.h"

namespace slurmxx {
namespace {

constexpr std::int64_t day = 24 * 3600;

// Jobs of an hour, one a day at noon from 1 January 2026 on; the clock stands at noon of the 60th day.
struct Kept : DbdFixture {
  const Instant first = utc().instant({2026, 1, 1, 12, 0, 0});
  Purger purger;
  std::vector<std::string> audited;

  Kept() {
    caller.cluster = "c";
    now = first + Seconds(59 * day);
    take({ClusterRecord{"head", 6817, "cpu=4,node=1", "n1", {}, first - Seconds(day)}});
    for (std::uint32_t i = 0; i < 59; ++i) {
      JobFacts job{i + 1};
      const Instant at = first + Seconds(i * day);
      job.times.submitted = at;
      job.times.eligible = at;
      job.times.started = at;
      job.times.ended = at + Seconds(3600);
      job.state = JobState::completed;
      StepRecord step;
      const JobRecord record = record_of(job);
      step.job = record.key();
      take({record, step});
    }
    ports.open_folder = open_archive_folder;
    ports.read_file = read_whole;
    while (*roll_up_next(*database, now)) {
    }
  }
  RecordRule& rule(RecordKind kind) { return config.retention.rule(kind); }
  void keep(RecordKind kind, const char* span, bool archived = true) {
    rule(kind) = {*parse_keep_span(span), archived};
    config.retention.archive_dir = folder + "/archive";
  }
  // All batches; their files.
  std::vector<std::string> purge() {
    std::vector<std::string> files;
    for (int batches = 0; batches < 100; ++batches) {
      DbdContext context{*database, config, "head", caller, now, {}};
      context.ports = &ports;
      const auto batch = purger.next(context, config.retention);
      if (!batch) FAIL(batch.error().message);
      if (!batch->done) return files;
      if (!batch->file.empty()) files.push_back(batch->file);
    }
    FAIL("it does not end");
    return files;
  }
  std::string order(std::vector<std::string> words) {
    const DbdReply reply = ask(DbdHouseOrder{std::move(words), true, true, ""});
    if (const auto* error = std::get_if<DbdError>(&reply)) return error->message;
    return std::get<DbdBookOutcome>(reply).out;
  }
  std::int64_t jobs() { return number("SELECT COUNT(*) FROM jobs"); }
  std::int64_t steps() { return number("SELECT COUNT(*) FROM steps"); }
  std::int64_t used() {
    return number("SELECT SUM(seconds) FROM assoc_usage_hour WHERE tres = 'cpu'") +
           number("SELECT SUM(seconds) FROM assoc_usage_day WHERE tres = 'cpu'");
  }
};

TEST_CASE_FIXTURE(Kept, "jobs of old months go into a file with their steps, and their usage stays") {
  const std::int64_t usage = used();
  keep(RecordKind::jobs, "1month");
  const auto files = purge();
  CHECK(jobs() == 28);  // of February and the first of March there is none yet
  CHECK(steps() == 28);
  CHECK(used() == usage);
  REQUIRE(files.size() == 1);
  CHECK(files.front() == folder + "/archive/c_job_archive_2026-01-01T13:00:00_2026-01-31T13:00:00");
  CHECK(read_whole(folder + "/archive/c_step_archive_2026-01-01T13:00:00_2026-01-31T13:00:00"));
  CHECK(verify_audit(*database)->fault == "");
  CHECK(number("SELECT COUNT(*) FROM audit WHERE action = 'purge' AND target = 'jobs of c'") == 1);
  CHECK(purge().empty());
}

TEST_CASE_FIXTURE(Kept, "what was archived is loaded as it was, as often as one likes") {
  const auto all = [&](const char* table) {
    const auto rows = database->query(fmt::format("SELECT * FROM {} ORDER BY job_id", table));
    std::string text;
    for (const SqlRow& row : *rows)
      for (std::size_t i = 0; i < row.size(); ++i) text += row.text(i) + "|";
    return text;
  };
  const std::string before = all("jobs") + all("steps");
  const std::int64_t usage = used();
  keep(RecordKind::jobs, "1");
  const std::string file = purge().at(0);
  std::string of_steps = file;
  of_steps.replace(of_steps.find("_job_"), 5, "_step_");
  CHECK(order({"archive", "load", "file=" + file}) == " jobs: 31 rows loaded, 0 were there already\n");
  CHECK(order({"archive", "load", of_steps}) == " steps: 31 rows loaded, 0 were there already\n");
  CHECK(all("jobs") + all("steps") == before);
  CHECK(order({"archive", "load", file}) == " jobs: 0 rows loaded, 31 were there already\n");
  while (*roll_up_next(*database, now)) {
  }
  CHECK(used() == usage);
  CHECK(verify_audit(*database)->fault == "");
}

TEST_CASE_FIXTURE(Kept, "loaded into a database that never knew them, jobs are rolled up") {
  keep(RecordKind::jobs, "1");
  const std::string file = purge().at(0);
  DbdFixture other;
  other.ports.read_file = read_whole;
  other.now = now;
  other.take({ClusterRecord{"head", 6817, "cpu=4,node=1", "n1", {}, now - Seconds(day)}});
  while (*roll_up_next(*other.database, now)) {
  }
  other.ask(DbdHouseOrder{{"archive", "load", file}, true, true, ""});
  while (*roll_up_next(*other.database, now)) {
  }
  CHECK(other.number("SELECT SUM(seconds) FROM assoc_usage_hour WHERE tres = 'cpu'") == 31 * 3600);
}

TEST_CASE_FIXTURE(Kept, "a file that was cut short or changed is refused whole") {
  keep(RecordKind::jobs, "1");
  const std::string file = purge().at(0);
  const std::string bytes = *read_whole(file);
  std::string offered;
  ports.read_file = [&](const std::string&) -> Result<std::string> { return offered; };
  const auto loaded = [&](std::string what) {
    offered = std::move(what);
    return order({"archive", "load", "/x"});
  };
  CHECK(loaded("hello").find("it is no archive of slurmdbd") != std::string::npos);
  CHECK(loaded("sxarch99" + bytes.substr(8)).find("its version is 99") != std::string::npos);
  CHECK(loaded(bytes.substr(0, bytes.size() - 1)).find("damaged or cut short") != std::string::npos);
  CHECK(loaded(bytes + "x").find("bytes follow its last row") != std::string::npos);
  std::string changed = bytes;
  changed[changed.size() / 2] ^= 1;
  CHECK(loaded(changed).find("damaged or cut short") != std::string::npos);
  Archive foreign = *read_archive(bytes);
  foreign.head.columns[0] = "job_id) SELECT 1; --";
  CHECK(loaded(archive_bytes(foreign)).find("is not known") != std::string::npos);
  CHECK(jobs() == 28);
}

TEST_CASE_FIXTURE(Kept, "what cannot be archived stays") {
  keep(RecordKind::jobs, "1");
  config.retention.archive_dir = folder + "/no/such/place";
  DbdContext context{*database, config, "head", caller, now, {}};
  context.ports = &ports;
  const auto batch = purger.next(context, config.retention);
  REQUIRE_FALSE(batch);
  CHECK(batch.error().message.find("ArchiveDir=" + folder + "/no/such/place") != std::string::npos);
  CHECK(jobs() == 59);
  CHECK(steps() == 59);
}

TEST_CASE_FIXTURE(Kept, "a batch is no larger than MaxPurgeLimit, and a purge waits for the roll-up") {
  keep(RecordKind::jobs, "1");
  config.retention.purge_max = 10;
  REQUIRE(database->execute("UPDATE usage_rolled SET up_to = 0"));
  CHECK(purge().empty());
  CHECK(jobs() == 59);
  while (*roll_up_next(*database, now)) {
  }
  CHECK(purge().size() == 4);
  CHECK(jobs() == 28);
}

TEST_CASE_FIXTURE(Kept, "an hour from before a purge is not rolled up out of the rows that are left") {
  const std::int64_t usage = used();
  keep(RecordKind::jobs, "1", false);
  purge();
  JobFacts late{1000};  // told late
  late.times.submitted = first + Seconds(10 * day);
  late.times.eligible = late.times.started = late.times.submitted;
  late.times.ended = *late.times.started + Seconds(60);
  late.state = JobState::completed;
  take({record_of(late)});
  while (*roll_up_next(*database, now)) {
  }
  CHECK(used() == usage);
}

TEST_CASE_FIXTURE(Kept, "steps, suspensions, events, transactions and usage have rules of their own") {
  JobFacts job{100};
  job.times.submitted = first;
  job.times.eligible = job.times.started = first;
  job.times.suspended = first + Seconds(50);
  job.times.ran_before = Seconds(40);
  job.times.ended = first + Seconds(100);
  job.state = JobState::completed;
  take({record_of(job)});
  take({NodeEventRecord{"n1", false, "DOWN", "x", root_uid, "cpu=4", first}});
  take({NodeEventRecord{"n1", true, "", "", root_uid, "", first + Seconds(60)}});
  REQUIRE(
      database->execute("INSERT INTO acct_transactions (done_at, action, actor, target, info, cluster) VALUES (?, "
                        "'Add Users', 'root', 'x', '', '')",
                        {first.seconds}));
  take({ReservationRecord{"r", 1, false, first, first + Seconds(3600), "n1", "cpu=4", "", first}});
  while (*roll_up_next(*database, now)) {
  }
  for (const RecordKind kind : {RecordKind::steps, RecordKind::suspends, RecordKind::events, RecordKind::transactions,
                                RecordKind::usage, RecordKind::reservations})
    keep(kind, "10days");
  REQUIRE(number("SELECT COUNT(*) FROM jobs WHERE suspensions <> ''") == 1);
  const auto files = purge();
  CHECK(jobs() == 60);
  CHECK(steps() == 10);
  CHECK(number("SELECT COUNT(*) FROM jobs WHERE suspensions <> ''") == 0);
  CHECK(number("SELECT COUNT(*) FROM events WHERE node = 'n1'") == 0);
  CHECK(number("SELECT COUNT(*) FROM events WHERE node = ''") == 1);  // lasts
  CHECK(number("SELECT COUNT(*) FROM acct_transactions") == 0);
  CHECK(number("SELECT COUNT(*) FROM reservations") == 0);
  CHECK(number("SELECT MIN(start) FROM assoc_usage_day") == utc().instant({2026, 2, 1, 0, 0, 0}).seconds);
  for (const std::string& file : files)
    CHECK(order({"archive", "load", file}).find(" 0 were there") != std::string::npos);
  for (const std::string& file : files)
    CHECK(order({"archive", "load", file}).find(" 0 rows loaded") != std::string::npos);
  CHECK(steps() == 59);
  CHECK(number("SELECT COUNT(*) FROM jobs WHERE suspensions <> ''") == 1);
  CHECK(number("SELECT COUNT(*) FROM events WHERE node = 'n1'") == 1);
  CHECK(number("SELECT COUNT(*) FROM acct_transactions") == 1);
  CHECK(number("SELECT COUNT(*) FROM reservations") == 1);
  CHECK(verify_audit(*database)->fault == "");
}

TEST_CASE_FIXTURE(Kept, "a script goes a day after the last job that named it, when none is left that does") {
  const auto job_of = [&](std::uint32_t id, const char* script, int days, std::optional<int> end_day) {
    JobFacts job{id};
    job.times.submitted = first + Seconds(days * day);
    job.times.eligible = job.times.started = job.times.submitted;
    if (end_day) job.times.ended = first + Seconds(*end_day * day + 60);
    job.state = end_day ? JobState::completed : JobState::running;
    JobRecord record = record_of(job);
    auto spec = std::make_shared<JobSpec>(*record.view.job.spec);
    spec->launch.script_hash = script;
    record.view.job.spec = spec;
    return record;
  };
  const auto texts = [&] {
    std::string names;
    const auto rows = database->query("SELECT hash FROM job_texts ORDER BY hash");
    for (const SqlRow& row : *rows) names += row.text(0);
    return names;
  };
  take({job_of(101, "a", 0, 1), TextRecord{"a", "#!/bin/sh"}});
  take({job_of(102, "b", 0, 1), TextRecord{"b", "#!/bin/sh"}});
  take({job_of(103, "b", 48, 48)});
  take({job_of(104, "c", 0, std::nullopt), TextRecord{"c", "#!/bin/sh"}});
  take({job_of(105, "d", 48, 48), TextRecord{"d", "#!/bin/sh"}});
  while (*roll_up_next(*database, now)) {
  }
  keep(RecordKind::steps, "1", false);
  purge();
  CHECK(texts() == "abcd");
  keep(RecordKind::jobs, "10days", false);
  purge();
  CHECK(number("SELECT COUNT(*) FROM jobs WHERE job_id IN (103, 105)") == 0);
  CHECK(texts() == "bcd");  // 104 still runs, the others' day is not over
  now = now + Seconds(day);
  while (*roll_up_next(*database, now)) {
  }
  purge();
  CHECK(texts() == "c");
  CHECK(number("SELECT COUNT(*) FROM audit WHERE action = 'purge' AND target = 'job_texts'") == 2);
}

TEST_CASE_FIXTURE(Kept, "what was deleted goes when neither jobs nor usage of its time are kept") {
  const auto put = [&](const char* name, int days) {
    REQUIRE(database->execute("INSERT INTO deleted_rows (kind, row_key, content, deleted) VALUES ('user', ?, '', ?)",
                              {std::string(name), first.seconds + days * day}));
  };
  put("old", 5);
  put("young", 50);
  keep(RecordKind::jobs, "1month", false);
  purge();
  CHECK(number("SELECT COUNT(*) FROM deleted_rows") == 2);
  keep(RecordKind::usage, "1month", false);
  purge();
  CHECK(number("SELECT COUNT(*) FROM deleted_rows") == 1);
  CHECK(number("SELECT COUNT(*) FROM deleted_rows WHERE row_key = 'young'") == 1);
}

TEST_CASE_FIXTURE(Kept, "ArchiveScript runs once for all that is due, in place of files; when it fails nothing goes") {
  keep(RecordKind::jobs, "1");
  keep(RecordKind::steps, "1", false);
  config.retention.archive_script = "/archive";
  std::vector<std::string> seen;
  int runs = 0;
  bool fails = true;
  ports.run_script = [&](const std::string&, const std::vector<std::string>& environment) -> Status {
    ++runs;
    seen = environment;
    return fails ? Status(fail("it ended with wait status 256")) : Status();
  };
  DbdContext context{*database, config, "head", caller, now, {}};
  context.ports = &ports;
  CHECK_FALSE(purger.next(context, config.retention));
  CHECK(jobs() == 59);
  fails = false;
  CHECK(purge().empty());
  CHECK(runs == 2);
  CHECK(jobs() == 28);
  const auto has = [&](const std::string& variable) { return std::ranges::find(seen, variable) != seen.end(); };
  CHECK(has("SLURM_ARCHIVE_JOBS=1"));
  CHECK(has("SLURM_ARCHIVE_STEPS=0"));
  CHECK(has(fmt::format("SLURM_ARCHIVE_LAST_JOB={}", utc().instant({2026, 2, 1, 0, 0, 0}).seconds)));
}

TEST_CASE_FIXTURE(Kept, "archive dump: its words go before slurmdbd.conf, and not everybody may") {
  const auto words = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"archive", "dump"});
    return order(std::move(more));
  };
  CHECK(words({"bogus=3"}) == "Unknown condition: bogus=3");
  CHECK(words({"PurgeJobAfter=3x"}) == "Invalid purge unit 'x', valid options are hours, days, or months");
  CHECK(words({}) == " 0 rows purged\n");
  const std::string told = words({"Directory=" + folder + "/dump", "Jobs", "PurgeJobAfter=1month"});
  CHECK(told.find(" 31 rows are in " + folder + "/dump/c_job_archive_") == 0);
  CHECK(told.ends_with(" 31 rows purged\n"));
  config.behaviour.disable_archive_commands = true;
  CHECK(words({}).find("DisableArchiveCommands") != std::string::npos);
  config.behaviour.disable_archive_commands = false;
  caller = {Uid(1000), Gid(1000), "alice", "c", false};
  CHECK(words({}).find("your privilege is insufficient") != std::string::npos);
}

}  // namespace
}  // namespace slurmxx
