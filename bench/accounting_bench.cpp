// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// slurmdbd's handlers on a real database: how fast records go in, how long roll-ups take, and how long sacct's and
// sreport's questions do. Jobs of 100 users in 20 accounts, spread evenly over the days before now.
//   accounting_bench sqlite FILE | mysql SOCKET USER PASSWORD DATABASE, then JOBS DAYS
// A database that has as many jobs already is only asked. With `spool FOLDER` in place of JOBS DAYS what a slurmctld
// has spooled (StateSaveLocation/accounting, left as it is) is taken in as that slurmctld would send it.
#include <chrono>
#include <cstdlib>

#include <fmt/format.h>

#include "accounting/handlers.h"
#include "accounting/rollup.h"
#include "accounting/schema.h"
#include "adapters/disk/disk_folder.h"
#include "adapters/sql/sql_database.h"
#include "control/accounting_spool.h"
#include "state/codec.h"
#include "wire/accounting_records.h"

namespace slurmxx {
namespace {

constexpr std::uint32_t users = 100;
constexpr std::uint32_t jobs_in_call = 1000;  // about what 1 MiB of frames holds
const Instant now{1'800'000'000};

using Clock = std::chrono::steady_clock;
double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

template <class T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  fmt::print(stderr, "accounting_bench: {}\n", text_of(result.error()));
  std::exit(1);
}

struct Bench {
  Database& database;
  std::uint32_t jobs;
  std::uint32_t days;
  DbdConfig config;
  std::uint64_t position = 0;

  DbdReply ask(const DbdRequest& request) {
    DbdContext context{database, config, "head", {root_uid, Gid(0), "root", "bench", true}, now, {}};
    DbdReply reply = serve_dbd(context, request);
    if (const auto* error = std::get_if<DbdError>(&reply)) must<int>(fail(error->message));
    return reply;
  }

  JobRecord job(std::uint32_t number) const {
    auto spec = std::make_shared<JobSpec>();
    const std::uint32_t user = number % users;
    spec->owner = {Uid(10'000 + user), Gid(10'000 + user), fmt::format("user{:02}", user), {}, {}};
    spec->labels.account = fmt::format("account{:02}", user % 20);
    spec->labels.qos = user % 3 == 0 ? "high" : "normal";
    spec->labels.name = fmt::format("simulation-{}", number % 50);
    JobRecord record;
    JobView& view = record.view;
    view.job.id = JobId(number + 1);
    view.job.spec = spec;
    view.job.state = JobState::completed;
    const std::int64_t length = days * seconds_in_day;
    const Instant at = now - Seconds(length) + Seconds(length * number / jobs);
    view.job.times.submitted = at;
    view.job.times.eligible = at;
    view.job.times.started = at + Seconds(number % 600);
    view.job.times.ended = *view.job.times.started + Seconds(60 + number * 7919ULL % 7200);
    view.cpu_count = 1 + number % 16;
    view.node_count = 1;
    view.partition = "main";
    view.nodes = fmt::format("node{:03}", number % 500);
    view.requested_tres = fmt::format("cpu={0},mem={0}G,node=1,billing={0}", view.cpu_count);
    view.allocated_tres = view.requested_tres;
    return record;
  }

  void ingest() {
    std::vector<std::string> calls;
    const auto start = Clock::now();
    ask(TakeRecords{"bench", [&] {
                      std::string entries;
                      append_entry(entries, {LogPosition(++position),
                                             {ClusterRecord{"head", 6817, "cpu=8000,mem=40000G,node=500,billing=8000",
                                                            "node[000-499]", {}, now - Seconds(days * seconds_in_day)}}});
                      return entries;
                    }()});
    double encoding = 0;
    for (std::uint32_t i = 0; i < jobs;) {
      const auto began = Clock::now();
      std::string entries;
      for (std::uint32_t n = 0; n < jobs_in_call && i < jobs; ++n, ++i)
        append_entry(entries, {LogPosition(++position), {job(i)}});
      encoding += since(began);
      ask(TakeRecords{"bench", std::move(entries)});
    }
    const double took = since(start) - encoding;
    fmt::print("ingest: {} jobs in {:.2f} s, {:.0f}/s\n", jobs, took, jobs / took);
  }

  void take_spool(const std::string& path) {
    must(migrate(database));
    DiskFolder folder = must(DiskFolder::open(path));
    SpoolReader reader(folder);
    std::size_t bytes = 0;
    const auto start = Clock::now();
    while (const auto chunk = must(reader.next())) {
      bytes += chunk->entries.size();
      ask(TakeRecords{std::string(chunk->log.begin(), chunk->log.end()), chunk->entries});
      reader.pass(*chunk);
    }
    const double took = since(start);
    const auto rows = must(database.query("SELECT COUNT(*) FROM jobs")).front().integer(0);
    fmt::print("spool: {} bytes, {} jobs in {:.2f} s, {:.0f}/s\n", bytes, rows, took, static_cast<double>(rows) / took);
  }

  void roll_up() {
    double longest = 0;
    int chunks = 0;
    const auto start = Clock::now();
    for (bool more = true; more; ++chunks) {
      const auto began = Clock::now();
      more = must(roll_up_next(database, now));
      longest = std::max(longest, since(began));
    }
    fmt::print("roll-up: {} pieces in {:.2f} s, the longest (a day of {} jobs) {:.2f} s\n", chunks, since(start),
               jobs / days, longest);
  }

  void ask_jobs(const char* what, JobsQuery query) {
    for (int round = 0; round < 3; ++round) {
      const auto start = Clock::now();
      std::size_t count = 0;
      std::size_t pages = 0;
      query.after.clear();
      do {
        const auto page = std::get<JobsPage>(ask(query));
        count += page.jobs.size();
        query.after = page.next;
        ++pages;
      } while (!query.after.empty());
      fmt::print("{}: {} jobs in {} pages, {:.3f} s\n", what, count, pages, since(start));
    }
  }

  void ask_usage(const char* what, bool from_rows, std::int64_t length) {
    UsageQuery query;
    query.end = hour_of(now) - Seconds(seconds_in_hour);
    query.start = query.end - Seconds(length);
    query.tres = {"cpu", "mem"};
    query.with_clusters = true;
    config.behaviour.disable_rollups = from_rows;
    const auto start = Clock::now();
    const auto summary = std::get<UsageSummary>(ask(query));
    fmt::print("{}: {} rows, {:.3f} s\n", what, summary.rows.size(), since(start));
  }

  void run() {
    must(migrate(database));
    const auto known = must(database.query("SELECT COUNT(*) FROM jobs"));
    if (known.front().integer(0) < jobs) ingest();
    roll_up();
    JobsQuery query;
    query.users = {Uid(10'042)};
    query.end = now - Seconds(days / 2 * seconds_in_day);
    query.start = query.end - Seconds(seconds_in_day);
    query.with_steps = false;
    ask_jobs("sacct -X, one user, a day", query);
    query.end = now;
    query.start = query.end - Seconds(seconds_in_day);
    ask_jobs("sacct -X, one user, the last day", query);
    query.users.clear();
    ask_jobs("sacct -X, all users, the last day", query);
    query = JobsQuery{};
    query.ids = {JobId(jobs / 2)};
    query.end = now;
    ask_jobs("sacct -j, one job", query);
    const std::int64_t whole = std::max<std::int64_t>(1, days - 1) * seconds_in_day;
    ask_usage("sreport, a day, roll-ups", false, seconds_in_day);
    ask_usage("sreport, a day, rows", true, seconds_in_day);
    ask_usage("sreport, all days, roll-ups", false, whole);
    ask_usage("sreport, all days, rows", true, whole);
  }
};

int run_main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const bool lite = words.size() == 4 && words[0] == "sqlite";
  if (!lite && !(words.size() == 7 && words[0] == "mysql")) {
    fmt::print(stderr,
               "accounting_bench sqlite FILE | mysql SOCKET USER PASSWORD DATABASE, then JOBS DAYS or spool FOLDER\n");
    return 1;
  }
  const auto database = lite ? must(open_database(SqliteStorage{words[1]}))
                             : must(open_database(MysqlStorage{words[1], 0, words[2], words[3], words[4]}));
  if (words[words.size() - 2] == "spool") {
    Bench{*database, 0, 1, {}}.take_spool(words.back());
    return 0;
  }
  Bench bench{*database, static_cast<std::uint32_t>(std::strtoul(words[words.size() - 2].c_str(), nullptr, 10)),
              static_cast<std::uint32_t>(std::strtoul(words.back().c_str(), nullptr, 10)), {}};
  bench.run();
  return 0;
}

}  // namespace
}  // namespace slurmxx

int main(int argc, char** argv) { return slurmxx::run_main(argc, argv); }
