// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Property: whatever is killed when - slurmctld with its disk, slurmdbd, the database in the middle of a statement, an
// answer on its way -, in the end the database says of every life of a job what the log says, once, and the audit trail
// has each order once. A controller with jobs is played, its records go through the spool into SQLite.
#include <map>
#include <random>

#include "accounting/audit.h"
#include "control/accounting_audit.h"
#include "control/accounting_fold.h"
#include "control/accounting_recorder.h"
#include "control/cluster_fixture.h"
#include "control/scheduling.h"
#include "daemons/slurmdbd/dbd_fixture.h"

namespace slurmxx {
namespace {

// What was not synced is lost from some byte on when its process and host die.
class FrailFolder final : public Folder {
 public:
  explicit FrailFolder(std::mt19937& random) : random_(random) {}
  Result<std::vector<std::string>> list() override {
    std::vector<std::string> names;
    for (const auto& [name, file] : files_) names.push_back(name);
    return names;
  }
  Result<std::string> read(const std::string& name) override { return files_.at(name).bytes; }
  Status append(const std::string& name, std::string_view bytes) override {
    files_[name].bytes += bytes;
    return {};
  }
  Status sync(const std::string& name) override {
    files_.at(name).synced = files_.at(name).bytes.size();
    return {};
  }
  Status truncate(const std::string& name, std::size_t size) override {
    files_.at(name).bytes.resize(size);
    files_.at(name).synced = std::min(files_.at(name).synced, size);
    return {};
  }
  Status rename(const std::string& from, const std::string& to) override {
    files_[to] = files_.at(from);
    files_.erase(from);
    return {};
  }
  Status remove(const std::string& name) override {
    files_.erase(name);
    return {};
  }
  Status sync_folder() override { return {}; }
  void crash() {
    for (auto& [name, file] : files_)
      file.bytes.resize(file.synced + random_() % (file.bytes.size() - file.synced + 1));
  }

 private:
  struct File {
    std::string bytes;
    std::size_t synced = 0;
  };
  std::mt19937& random_;
  std::map<std::string, File> files_;
};

// Loses its connection now and then, before or after what it was told.
class FrailDatabase final : public Database {
 public:
  FrailDatabase(Database& real, std::mt19937& random) : real_(real), random_(random) {}
  SqlDialect dialect() const override { return real_.dialect(); }
  Result<std::vector<SqlRow>> query(std::string_view sql, const SqlValues& values) override {
    if (breaks()) return lost();
    return real_.query(sql, values);
  }
  Result<std::uint64_t> execute(std::string_view sql, const SqlValues& values) override {
    if (breaks()) return lost();
    return real_.execute(sql, values);
  }
  Status begin() override { return real_.begin(); }
  Status begin_reading() override { return real_.begin_reading(); }
  Status commit() override {
    if (breaks()) return lost();
    TRY(real_.commit());
    return breaks() ? Status(lost()) : Status();  // it is done, and nobody hears of it
  }
  void rollback() override { real_.rollback(); }
  unsigned per_mille = 0;

 private:
  bool breaks() { return random_() % 1000 < per_mille; }
  static Error lost() { return fail(Errc::communication, "the connection is lost"); }
  Database& real_;
  std::mt19937& random_;
};

struct Life {
  std::uint8_t state = 0;
  std::int64_t started = 0, ended = 0, cpus = 0;
  auto operator<=>(const Life&) const = default;
};
using Lives = std::map<JobKey, Life>;

std::int64_t number(const std::optional<Instant>& at) { return at ? at->seconds : open_end; }

class History : public testing::Cluster {
 public:
  explicit History(unsigned seed) : random_(seed), folder_(random_), frail_(*dbd_.database, random_) {
    config = testing::parsed(testing::patient_conf());
    log.clear();
    boot();
    all_up();
    frail_.per_mille = 60;
    start();
  }

  void play(int steps) {
    for (int step = 0; step < steps; ++step) {
      act();
      if (below(3) != 0) record();
      if (below(3) == 0) send();
      if (below(25) == 0) crash();
    }
    record();
    frail_.per_mille = 0;
    for (int rest = 0; rest < 1000 && send(); ++rest) {
    }
  }

  // Event by event, from the log alone.
  void read_log(Lives& lives, std::int64_t& orders) const {
    State state;
    for (const Record& record : log) {
      take(AccountingFold::before(*picture_of(state, config), record), lives);
      orders += static_cast<std::int64_t>(audit_of(state, record).size());
      REQUIRE(apply(state, record).ok());
      take(AccountingFold::after(*picture_of(state, config), record), lives);
    }
  }

  Lives told() {
    Lives lives;
    const auto rows = dbd_.database->query("SELECT job_id, submitted, restarts, state, started, ended, cpus FROM jobs");
    for (const SqlRow& row : *rows)
      lives[JobKey::of_row(JobId(static_cast<std::uint32_t>(row.integer(0))), Instant(row.integer(1)),
                           row.integer(2))] = {static_cast<std::uint8_t>(row.integer(3)), row.integer(4),
                                               row.integer(5), row.integer(6)};
    return lives;
  }
  DbdFixture& dbd() { return dbd_; }
  int crashes() const { return crashes_; }
  int losses() const { return losses_; }

 private:
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }
  static void take(const std::vector<AccountingRecord>& records, Lives& lives) {
    for (const AccountingRecord& record : records)
      if (const auto* job = std::get_if<JobRecord>(&record))
        lives[job->key()] = {job->state_number(), number(job->view.job.times.started),
                             number(job->view.job.times.ended), std::int64_t(job->view.cpu_count)};
  }

  void act() {
    const JobId one = jobs_.empty() ? JobId() : jobs_[below(static_cast<std::uint32_t>(jobs_.size()))];
    const bool there = !jobs_.empty() && controller->state().find(one);
    const std::uint32_t what = below(10);
    if (what < 3) jobs_.push_back(submit(below(2) ? testing::alice : testing::bob, job(1 + below(2))));
    if (what == 3 && there && job_of(one).state == JobState::running)
      report(job_of(one).allocation->shares.front().node.value + 1,
             BatchEnded{{one, job_of(one).restarts}, ExitCode{static_cast<std::uint8_t>(below(2)), 0}});
    if (what == 4 && there) ask(testing::admin, JobVerbRequest{JobVerb::requeue, one}, next_request());
    if (what == 5 && there) ask(testing::admin, JobVerbRequest{JobVerb::cancel, one}, next_request());
    if (what == 6 && there)
      ask(testing::admin, JobVerbRequest{below(2) ? JobVerb::suspend : JobVerb::resume, one}, next_request());
    if (what == 7 && there)
      ask(testing::admin, JobVerbRequest{below(2) ? JobVerb::hold : JobVerb::release, one}, next_request());
    if (what == 8 && there && job_of(one).state == JobState::running && job_of(one).allocation->shares.size() > 1)
      ask(testing::admin, UpdateRequest{"job", std::to_string(one.value), {{"NumNodes", "1"}}}, next_request());
    if (there && !job_of(one).runs())
      for (const NodeIndex node : std::vector<NodeIndex>(job_of(one).unfinished))
        report(node.value + 1, NodeCleared{{one, job_of(one).life_on_nodes()}, ""});
    pass(below(30));
  }
  RequestId next_request() { return RequestId(++requests_); }

  std::shared_ptr<const Published> picture(const State& state) const { return picture_of(state, config); }

  // As slurmctld does at its start: what the spool lacks is folded out of the log again.
  void start() {
    spool_ = std::make_unique<AccountingSpool>(folder_);
    REQUIRE(spool_->open(log_name_));
    State state;
    std::size_t at = 0;
    for (; at < log.size() && log[at].position <= spool_->position(); ++at) REQUIRE(apply(state, log[at]).ok());
    recorder_ = std::make_unique<AccountingRecorder>(*spool_, picture(state));
    recorded_ = at;
    open_reader();
  }
  void open_reader() {
    reader_ = std::make_unique<SpoolReader>(folder_);
    REQUIRE(reader_->open());
  }
  void record() {
    const std::vector<Record> fresh(log.begin() + static_cast<std::ptrdiff_t>(recorded_), log.end());
    recorded_ = log.size();
    REQUIRE(recorder_->take(fresh, picture(controller->state())));
    if (below(4) == 0) REQUIRE(recorder_->settle());
  }
  // True: a chunk was sent, or it failed.
  bool send() {
    if (below(20) == 0) open_reader();  // slurmctld's sender begins anew
    const auto chunk = reader_->next();
    REQUIRE(chunk);
    if (!*chunk) return false;
    DbdContext context{frail_, dbd_.config, "head", dbd_.caller, Instant(seconds), {}};
    const DbdReply reply =
        serve_dbd(context, TakeRecords{std::string((*chunk)->log.begin(), (*chunk)->log.end()), (*chunk)->entries});
    if (const auto* error = std::get_if<DbdError>(&reply)) {
      CHECK(error->code == Errc::communication);
      ++losses_;
      return true;
    }
    REQUIRE(reader_->sent(**chunk));
    return true;
  }
  void crash() {
    ++crashes_;
    folder_.crash();
    boot();
    start();
  }

  std::mt19937 random_;
  DbdFixture dbd_;
  FrailFolder folder_;
  FrailDatabase frail_;
  LogUuid log_name_{7};
  std::unique_ptr<AccountingSpool> spool_;
  std::unique_ptr<AccountingRecorder> recorder_;
  std::unique_ptr<SpoolReader> reader_;
  std::size_t recorded_ = 0;
  std::vector<JobId> jobs_;
  std::uint64_t requests_ = 1000;
  int crashes_ = 0;
  int losses_ = 0;
};

TEST_CASE("after any sequence of crashes the database says what the log says") {
  int crashes = 0, losses = 0;
  for (unsigned seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    History history(seed);
    history.play(120);
    Lives truth;
    std::int64_t orders = 0;
    history.read_log(truth, orders);
    CHECK(history.told() == truth);
    CHECK(truth.size() > 20);
    CHECK(history.dbd().number("SELECT COUNT(*) FROM audit") == orders);
    CHECK(verify_audit(*history.dbd().database)->fault == "");
    crashes += history.crashes();
    losses += history.losses();
  }
  CHECK(crashes > 20);
  CHECK(losses > 20);
}

}  // namespace
}  // namespace slurmxx
