// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Roll-ups say what the rows say: of random jobs, whose records come late, come again and change, in between roll-ups.
#include "accounting/rollup.h"

#include <random>

#include "accounting/usage_pieces.h"
#include "daemons/slurmdbd/dbd_fixture.h"

namespace slurmxx {
namespace {

constexpr std::int64_t hour = seconds_in_hour;
constexpr std::int64_t first_day = 30 * seconds_in_day + 20 * hour;  // the month ends within

class History : public DbdFixture {
 public:
  explicit History(unsigned seed) : random_(seed) {}
  std::int64_t any(std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(random_);
  }
  template <class T>
  T one_of(std::initializer_list<T> values) {
    return *(values.begin() + any(0, static_cast<std::int64_t>(values.size()) - 1));
  }

  // The records of a life, in order, each with the moment that it comes in.
  void add_job(std::uint32_t id) {
    JobFacts job{id, one_of<const char*>({"alice", "bob"}), one_of<const char*>({"phys", "chem"}),
                 one_of<const char*>({"normal", "high"}), one_of<const char*>({"", "w"})};
    job.cpus = static_cast<std::uint32_t>(any(1, 8));
    if (reserves_) job.reservation = one_of<const char*>({"", "r1", "r2", "r3"});
    Instant at(first_day + any(0, 60 * hour));
    job.times.submitted = at;
    job.times.eligible = at;
    tell(job, at);
    at = at + Seconds(one_of<std::int64_t>({0, 30, any(0, 4 * hour)}));
    if (any(0, 9) == 0) return end(job, at, JobState::cancelled);
    job.times.started = at;
    job.state = JobState::running;
    tell(job, at);
    for (std::int64_t i = one_of<std::int64_t>({0, 0, 1, 3}); i > 0; --i) {
      at = at + Seconds(any(1, 2 * hour));
      job.times.ran_before = run_time(job.times, job.stands, at);
      job.times.suspended = at;
      job.stands = !job.stands;
      job.state = job.stands ? JobState::suspended : JobState::running;
      if (any(0, 3) > 0 || !job.stands || i == 1) tell(job, at);  // a suspension may be merged with its resume
      if (job.stands) suspended_[id].push_back({at, Instant(open_end)});
      if (!job.stands) suspended_[id].back().to = at;
    }
    at = at + Seconds(one_of<std::int64_t>({0, 60, any(0, 9 * hour)}));
    if (any(0, 5) == 0) at = hour_of(at);
    if (at < job.times.suspended.value_or(*job.times.started)) at = job.times.suspended.value_or(*job.times.started);
    if (any(0, 9) > 0) end(job, at, JobState::completed);
    if (any(0, 5) > 0) return;
    job = last_.at(id);  // a correction
    one_of<std::string*>({&job.account, &job.qos, &job.wckey, &job.user})->append("2");
    job.cpus += static_cast<std::uint32_t>(any(0, 1));
    tell(job, at + Seconds(any(0, 30 * hour)));
  }

  // Of reservations, one that comes again among them, changed and removed; told as late as all else.
  void add_reservations() {
    reserves_ = true;
    for (const char* name : {"r1", "r2", "r3"}) {
      const Instant at(first_day + any(0, 40 * hour)), start = at + Seconds(any(0, 3 * hour));
      ReservationRecord record{name,
                               1,
                               false,
                               start,
                               start + Seconds(any(600, 8 * hour)),
                               "n1",
                               "cpu=7",
                               one_of<const char*>({"", "MAINT", "IGNORE_JOBS", "HOURLY", "DAILY,SPEC_NODES"}),
                               at};
      record.holders = one_of<const char*>({"", "phys|", "phys|alice,chem|bob,chem|"});
      tell(record);
      record.at = at + Seconds(any(1, 20 * hour));
      if (record.end > record.at) record.associations = "3", record.tres = "cpu=9", tell(record);
      record.is_over = true;
      record.at = record.at + Seconds(any(1, 20 * hour));
      if (any(0, 1) == 0) tell(record);
    }
  }
  bool reserves() const { return reserves_; }

  // Every record as it comes, with roll-ups on the way.
  void play() {
    for (const auto& [comes, records] : telling_) {
      now = comes;
      if (any(0, 3) == 0) roll_up(any(0, 3));
      for (const JobFacts& facts : records) take({record_of(facts)});
      for (; reserved_ < reserving_.size() && reserving_[reserved_].at <= comes; ++reserved_)
        take({reserving_[reserved_]});
    }
    now = now + Seconds(any(0, 3 * hour));
    roll_up(any(0, 1) * 1000);
  }
  void roll_up(std::int64_t most) {
    for (; most > 0; --most) {
      const auto more = roll_up_next(*database, now);
      if (!more) FAIL(more.error().message);
      if (!*more) return;
    }
  }

  UsageSummary report(UsageQuery query, bool from_rows) {
    config.behaviour.disable_rollups = from_rows;
    const DbdReply reply = ask(query);
    if (const auto* error = std::get_if<DbdError>(&reply)) FAIL(error->message);
    UsageSummary summary = std::get<UsageSummary>(reply);
    for (UsedRow& row : summary.rows) row.jobs = 0;
    return summary;
  }

  // What it must be, from the facts themselves.
  std::uint64_t cpu_seconds(Instant from, Instant to) const {
    std::uint64_t sum = 0;
    for (const auto& [id, job] : last_) {
      if (!job.times.started) continue;
      const Instant begin = std::max(from, *job.times.started);
      const Instant end = std::min({to, now, job.times.ended.value_or(Instant(open_end))});
      std::int64_t ran = std::max<std::int64_t>(0, (end - begin).value);
      const auto periods = suspended_.find(id);
      if (periods != suspended_.end())
        for (const Suspension& one : periods->second)
          ran -= std::max<std::int64_t>(0, (std::min(one.to, end) - std::max(one.from, begin)).value);
      sum += static_cast<std::uint64_t>(ran) * job.cpus;
    }
    return sum;
  }

 private:
  void tell(const JobFacts& job, Instant at) {
    last_[job.id] = job;
    const Instant comes = std::max(told_[job.id], at + Seconds(one_of<std::int64_t>({0, 5, any(0, 40 * hour)})));
    told_[job.id] = comes;
    telling_[comes].push_back(job);
    if (any(0, 9) == 0) telling_[comes].push_back(job);  // twice
  }
  void end(JobFacts& job, Instant at, JobState state) {
    job.times.ended = at;
    job.state = state;
    tell(job, at);
  }

  void tell(const ReservationRecord& record) {
    const auto later = [](const ReservationRecord& a, const ReservationRecord& b) { return a.at < b.at; };
    reserving_.insert(std::ranges::upper_bound(reserving_, record, later), record);
  }

  std::mt19937 random_;
  bool reserves_ = false;
  std::vector<ReservationRecord> reserving_;
  std::size_t reserved_ = 0;
  std::map<Instant, std::vector<JobFacts>> telling_;
  std::map<std::uint32_t, Instant> told_;
  std::map<std::uint32_t, JobFacts> last_;
  std::map<std::uint32_t, Suspensions> suspended_;
};

void check_windows(History& history) {
  for (int i = 0; i < 12; ++i) {
    UsageQuery query;
    const std::int64_t unit = history.one_of<std::int64_t>({1800, hour, seconds_in_day});
    query.start = Instant(first_day - hour + history.any(0, 60) * hour);
    query.start = Instant(query.start.seconds / unit * unit);
    query.end = query.start + Seconds(history.any(1, 40) * unit);
    if (i == 0) query.start = Instant(0), query.end = Instant(100 * seconds_in_day);
    query.tres = {"cpu", "mem", "node", "billing", "gres/gpu", "energy"};
    query.with_clusters = true;
    query.by_qos = history.any(0, 2) == 0;
    query.by_wckey = !query.by_qos && history.any(0, 2) == 0;
    if (i > 0 && history.any(0, 3) == 0) query.users = {"alice"};
    const UsageSummary rows = history.report(query, true);
    const UsageSummary rolled = history.report(query, false);
    CHECK(encode(rows) == encode(rolled));
    if (!query.users.empty() || history.reserves()) continue;
    std::uint64_t sum = 0;
    for (const UsedRow& row : rolled.rows) sum += row.seconds[0];
    CHECK(sum == history.cpu_seconds(query.start, query.end));
  }
}

TEST_CASE("roll-ups equal the sum over the rows, whatever comes late, twice, suspended or corrected") {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    History history(seed);
    history.take({ClusterRecord{
        "head", 6817, "cpu=20,mem=10G,node=5,billing=20,gres/gpu=4", "n[1-5]", {}, Instant(first_day - 5 * hour)}});
    if (seed % 2 == 0) history.add_reservations();
    for (std::uint32_t id = 1; id <= 40; ++id) history.add_job(id);
    history.play();
    check_windows(history);
    // A node was down, and that is told late.
    const Instant at(first_day + history.any(0, 50) * 1000);
    history.take({NodeEventRecord{"n1", false, "DOWN", "x", root_uid, "cpu=4,mem=2G,node=1,billing=4", at}});
    check_windows(history);
    history.roll_up(1000);
    history.take({NodeEventRecord{"n1", true, "", "", root_uid, "", at + Seconds(5 * hour)}});
    check_windows(history);
    history.roll_up(1000);
    check_windows(history);
    CHECK(history.number("SELECT COUNT(*) FROM usage_touched") == 0);
    CHECK(history.number("SELECT COUNT(*) FROM assoc_usage_day") > 0);
  }
}

TEST_CASE_FIXTURE(DbdFixture, "TrackSlurmctldDown: while slurmctld is away what idles counts as down") {
  const auto down = [this] {
    while (*roll_up_next(*database, now)) {
    }
    return number("SELECT SUM(down) FROM cluster_usage_hour WHERE tres = 'cpu'");
  };
  now = Instant(100 * hour);
  take({ClusterRecord{"head", 6817, "cpu=10", "n1", {}, now}});
  now = Instant(101 * hour);
  ask(DbdControllerGone{});
  CHECK(number("SELECT COUNT(*) FROM events WHERE node = ''") == 1);
  config.behaviour.track_slurmctld_down = true;
  ask(DbdControllerGone{});
  ask(DbdControllerGone{});
  CHECK(number("SELECT COUNT(*) FROM events WHERE node = '' AND state = 'DOWN'") == 1);
  JobFacts job{1};  // goes on meanwhile
  job.cpus = 4;
  job.times.submitted = Instant(100 * hour);
  job.times.eligible = job.times.started = Instant(101 * hour);
  job.times.ended = Instant(103 * hour);
  job.state = JobState::completed;
  now = Instant(103 * hour);
  ask(DbdRegister{"head", 6817, 1, {}});
  take({record_of(job), ClusterRecord{"head", 6817, "cpu=10", "n1", {}, now}});
  now = Instant(110 * hour);
  CHECK(down() == 2 * 6 * hour);
  CHECK(number("SELECT COUNT(*) FROM events WHERE node = '' AND state = ''") == 1);
}

TEST_CASE_FIXTURE(DbdFixture, "what a job that waits has planned is the CPUs that it asks for, not whole nodes") {
  const Instant began{100 * hour};
  take({ClusterRecord{"head", 6817, "cpu=8,mem=64G,node=2,billing=8", "n[1-2]", {}, began - Seconds(hour)}});
  JobFacts job{1};  // asks for one
  job.times.submitted = began;
  job.times.eligible = began + Seconds(600);
  take({record_of(job)});
  job.cpus = 8;
  job.times.started = began + Seconds(1600);
  job.times.ended = began + Seconds(1700);
  job.state = JobState::completed;
  take({record_of(job)});
  now = began + Seconds(hour);
  UsageQuery query;
  query.start = began;
  query.end = now;
  query.tres = {"cpu", "mem", "billing"};
  query.with_clusters = true;
  for (const bool rolled : {false, true}) {
    CAPTURE(rolled);
    while (rolled && *roll_up_next(*database, now)) {
    }
    const UsageSummary summary = std::get<UsageSummary>(ask(query));
    REQUIRE(summary.clusters.size() == 3);
    CHECK(summary.clusters[0].use.allocated == 8 * 100);
    CHECK(summary.clusters[0].use.planned == 1000);
    CHECK(summary.clusters[1].use.planned == 0);  // it is told of CPUs alone
    CHECK(summary.clusters[2].use.planned == 0);
    for (const UsedRow& row : summary.rows) CHECK(row.seconds[0] == 8 * 100);
  }
}

struct Reserved : DbdFixture {
  const Instant began{100 * hour};
  ReservationRecord record{
      "lab", 4, false, began, began + Seconds(2 * hour), "n1", "cpu=4", "SPEC_NODES", began - Seconds(10)};
  Reserved() {
    now = began + Seconds(3 * hour);
    record.associations = "3,7";
    record.holders = "phys|,chem|bob";
    take({ClusterRecord{"head", 6817, "cpu=10", "n1", {}, began - Seconds(hour)}});
  }
  void job_inside() {
    JobFacts job{1};
    job.reservation = "lab";
    job.cpus = 2;
    job.times.submitted = began;
    job.times.eligible = job.times.started = began + Seconds(600);
    job.times.ended = began + Seconds(1600);
    job.state = JobState::completed;
    take({record_of(job)});
  }
  UsageSummary report() {
    UsageQuery query;
    query.start = began;
    query.end = began + Seconds(3 * hour);
    query.tres = {"cpu"};
    query.with_clusters = true;
    return std::get<UsageSummary>(ask(query));
  }
  std::vector<ReservedRow> listed() {
    ReservationsQuery query;
    query.start = began - Seconds(hour);
    query.end = Instant(INT64_MAX);
    return std::get<ReservedList>(ask(query)).reservations;
  }
};

TEST_CASE_FIXTURE(Reserved, "idle time of a reservation is split evenly among those that it is for") {
  take({record});
  job_inside();
  const std::uint64_t idle = 4 * 2 * hour - 2000;
  for (const bool rolled : {false, true}) {
    CAPTURE(rolled);
    while (rolled && *roll_up_next(*database, now)) {
    }
    const UsageSummary summary = report();
    CHECK(summary.clusters.front().use.allocated == idle + 2000);
    std::map<std::string, std::uint64_t> used;
    for (const UsedRow& row : summary.rows) used[row.account + "|" + row.user] += row.seconds.front();
    CHECK(used ==
          std::map<std::string, std::uint64_t>{{"chem|bob", idle / 2}, {"phys|", idle / 2}, {"phys|alice", 2000}});
  }
  CHECK(number("SELECT COUNT(*) FROM usage_touched") == 0);
  record.is_over = true;  // which was told late
  record.at = began + Seconds(hour);
  take({record});
  CHECK(number("SELECT COUNT(*) FROM usage_touched") == 2);
  CHECK(report().clusters.front().use.allocated == 4 * hour);
}

TEST_CASE_FIXTURE(Reserved, "time that is kept for maintenance is planned to be down") {
  record.flags = "MAINT,SPEC_NODES";
  take({record});
  job_inside();
  const UsageSummary summary = report();
  CHECK(summary.rows.size() == 3);
  CHECK(summary.clusters.front().use.allocated == 2000);
  CHECK(summary.clusters.front().use.planned_down == 4 * 2 * hour - 2000);
}

TEST_CASE_FIXTURE(Reserved, "each occurrence of a reservation is a row, and the next that is to come") {
  record.flags = "DAILY,SPEC_NODES";
  take({record});
  job_inside();
  now = began + Seconds(2 * seconds_in_day + hour);
  const auto from = [&](const ReservedRow& row) { return (row.start - began).value; };
  auto rows = listed();
  REQUIRE(rows.size() == 4);
  CHECK(rows[0].allocated_cpu_seconds == 2000);
  CHECK(rows[0].unused_seconds == 2 * hour - 500);
  CHECK(rows[0].associations == "3,7");
  CHECK(rows[2].unused_seconds == hour);
  CHECK((from(rows[1]) == seconds_in_day && from(rows[3]) == 3 * seconds_in_day));
  // Told again it is the same; with other nodes another row begins in the midst of it, and goes on each day.
  record.at = now;
  record.start = began + Seconds(2 * seconds_in_day);
  record.end = record.start + Seconds(2 * hour);
  take({record});
  CHECK(number("SELECT COUNT(*) FROM reservations") == 1);
  record.nodes = "n2";
  take({record});
  now = now + Seconds(seconds_in_day);
  rows = listed();
  REQUIRE(rows.size() == 6);
  CHECK((rows[2].nodes == "n1" && from(rows[2]) == 2 * seconds_in_day && rows[2].end == record.at));
  CHECK((rows[3].nodes == "n2" && rows[3].start == record.at && rows[3].end == record.end));
  CHECK(from(rows[4]) == 3 * seconds_in_day);
  record.is_over = true;
  record.at = now;
  take({record});
  rows = listed();
  REQUIRE(rows.size() == 5);
  CHECK(rows.back().end == now);
}

TEST_CASE_FIXTURE(Reserved, "a reservation that lasts longer is the row it was, other flags begin another") {
  take({record});
  record.at = began + Seconds(60);
  record.end = began + Seconds(3 * hour);
  take({record});
  REQUIRE(listed().size() == 1);
  CHECK(listed().front().end == record.end);
  record.at = began + Seconds(120);
  record.flags = "FLEX,SPEC_NODES";
  take({record});
  REQUIRE(listed().size() == 2);
  CHECK((listed()[0].end == record.at && listed()[1].start == record.at));
}

TEST_CASE("a window is read from months, days and hours that are rolled up, and the rest from rows") {
  using From = UsagePiece::From;
  const auto day = [](int number) { return Instant(number * seconds_in_day); };
  const auto pieces = pieces_of(Instant(day(30).seconds + 23 * hour + 1800), day(63),
                                Instant(day(61).seconds + 2 * hour), {Instant(day(60).seconds + 5 * hour)});
  const std::vector<UsagePiece> wanted = {
      {From::rows, Instant(day(30).seconds + 23 * hour + 1800), day(31)},
      {From::months, day(31), day(59)},  // February 1970
      {From::days, day(59), day(60)},
      {From::hours, day(60), Instant(day(60).seconds + 5 * hour)},
      {From::rows, Instant(day(60).seconds + 5 * hour), Instant(day(60).seconds + 6 * hour)},
      {From::hours, Instant(day(60).seconds + 6 * hour), Instant(day(61).seconds + 2 * hour)},
      {From::rows, Instant(day(61).seconds + 2 * hour), day(63)},
  };
  CHECK(pieces == wanted);
}

}  // namespace
}  // namespace slurmxx
