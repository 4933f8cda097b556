// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <random>

#include "core/accounting/execute.h"
#include "core/limits/judge.h"
#include "core/text/words.h"

using namespace slurmxx;

namespace {

class Counted : public LimitLookup {
 public:
  explicit Counted(const LimitUsage& usage) : usage_(usage) {}
  Tally of(const Holder& holder) const override { return usage_.of(holder); }

 private:
  const LimitUsage& usage_;
};

struct Site {
  std::shared_ptr<AccountBook> book =
      std::make_shared<AccountBook>(register_cluster(first_book(), {"c", "h", 1, 1, {"gres/gpu"}}, Instant(1)).book);
  LimitUsage usage;
  std::uint32_t next_job = 1;

  explicit Site(std::initializer_list<const char*> lines) {
    for (const std::string_view line : lines) {
      const auto words = *split_words(line);
      const BookVerb verb = words[0] == "add" ? BookVerb::add : BookVerb::modify;
      const auto order = parse_order(verb, *find_entity(words[1]), std::span(words).subspan(2));
      REQUIRE(order.ok());
      Outcome outcome = execute(*book, {"root", AdminLevel::administrates}, *order, Instant(1));
      REQUIRE_MESSAGE(outcome.changes, outcome.out << outcome.err);
      *book = std::move(outcome.book);
    }
  }
  static LimitRequest request(const Directory& directory, const char* user, const char* qos, const char* tres) {
    const Association* own = directory.find(user, directory.user(user)->default_in("c"));
    REQUIRE(own);
    LimitRequest request;
    request.chain = directory.chain(*own);
    request.qos = directory.qos(qos);
    request.user = user;
    request.account = own->account;
    request.tres = request.per_node = *parse_tres(tres);
    request.minutes = 10;
    return request;
  }
  // "" or the reason; starts the job if nothing is in its way.
  std::string start(const char* user, const char* qos, const char* tres, std::uint64_t minutes = 10) {
    const Directory directory(book);
    LimitRequest wanted = request(directory, user, qos, tres);
    wanted.minutes = minutes;
    const auto found = start_obstacle(wanted, Counted(usage), Instant(0));
    if (found) return found->reason;
    usage.note(JobId(next_job++),
               {holders_of(wanted), 1, true, wanted.tres, Instant(static_cast<std::int64_t>(minutes) * 60)});
    return "";
  }
  std::string submit(const char* user, const char* qos, const char* tres) {
    const Directory directory(book);
    const LimitRequest wanted = request(directory, user, qos, tres);
    const LimitUsage nothing;
    const auto found = submit_obstacle(wanted, Counted(usage), Counted(nothing));
    if (found) return found->reason;
    usage.note(JobId(next_job++), {holders_of(wanted), 1, false, {}, {}});
    return "";
  }
};

}  // namespace

TEST_CASE("limits of a QOS: each user has his own share") {
  Site site{"add account phys", "add user alice account=phys", "add user bob account=phys",
            "add qos high maxtresperuser=cpu=16 maxjobsperuser=3 maxwall=30"};
  CHECK(site.start("alice", "high", "cpu=12") == "");
  CHECK(site.start("alice", "high", "cpu=8") == "QOSMaxCpuPerUserLimit");
  CHECK(site.start("bob", "high", "cpu=16") == "");
  CHECK(site.start("alice", "high", "cpu=2") == "");
  CHECK(site.start("alice", "high", "cpu=2") == "");
  CHECK(site.start("alice", "high", "mem=1") == "QOSMaxJobsPerUserLimit");
  CHECK(site.start("bob", "high", "mem=1", 31) == "QOSMaxWallDurationPerJobLimit");
  CHECK(site.start("alice", "normal", "cpu=100") == "");
}

TEST_CASE("limits of associations: Grp at every level, Max from the nearest") {
  Site site{"add account phys grptres=cpu=10 maxjobs=2", "add account astro parent=phys",
            "add user alice account=astro grptres=gres/gpu=1", "add user bob account=phys maxtresperjob=cpu=4"};
  CHECK(site.start("alice", "normal", "cpu=6,gres/gpu=1") == "");
  CHECK(site.start("bob", "normal", "cpu=5") == "AssocMaxCpuPerJobLimit");
  CHECK(site.start("bob", "normal", "cpu=4") == "");
  CHECK(site.start("bob", "normal", "cpu=1") == "AssocGrpCpuLimit");
  CHECK(site.start("alice", "normal", "gres/gpu=1") == "AssocGrpGRES");
  CHECK(site.start("alice", "normal", "mem=5") == "");
  CHECK(site.start("alice", "normal", "mem=5") == "AssocMaxJobsLimit");
  CHECK(site.start("bob", "normal", "mem=5") == "");
}

TEST_CASE("who asks why a job waits is told of all limits, in their order") {
  Site site{"add account phys grptres=cpu=10 maxjobs=1", "add user bob account=phys maxtresperjob=cpu=4",
            "add qos high maxtresperuser=cpu=3 maxwall=5"};
  CHECK(site.start("bob", "normal", "cpu=4") == "");
  const Directory directory(site.book);
  const LimitRequest wanted = Site::request(directory, "bob", "high", "cpu=8");
  std::vector<std::string> reasons, details;
  for (const LimitFound& found : start_obstacles(wanted, Counted(site.usage), Instant(0))) {
    reasons.push_back(found.reason);
    details.push_back(found.detail);
  }
  CHECK(reasons == std::vector<std::string>{"QOSMaxWallDurationPerJobLimit", "AssocMaxJobsLimit",
                                            "QOSMaxCpuPerUserLimit", "AssocMaxCpuPerJobLimit", "AssocGrpCpuLimit"});
  CHECK(details ==
        std::vector<std::string>{"QOS high",
                                 "user bob in account phys (the limit is that of account phys) has 1 of 1 job running",
                                 "user bob in QOS high has 0 of 3 cpu in use", "user bob in account phys",
                                 "account phys has 4 of 10 cpu in use"});
  CHECK(start_obstacle(wanted, Counted(site.usage), Instant(0))->reason == reasons.front());
}

TEST_CASE("of several limits the first is named as slurm-wlm does: of jobs and times, then of TRES") {
  Site site{
      "add account bio grpjobs=0 grptres=cpu=0 grptresmins=cpu=0 grptresrunmins=cpu=0 grpwall=0 maxjobs=0 "
      "maxtresperjob=cpu=0 maxtresminsperjob=cpu=0 maxwall=1",
      "add user bob account=bio",
      "add qos q1 grpjobs=0 grptres=cpu=0 grptresmins=cpu=0 grptresrunmins=cpu=0 grpwall=0 maxtresperjob=cpu=0 "
      "maxtresminsperjob=cpu=0 maxwall=1 maxjobsperuser=0 maxjobsperaccount=0 maxtresperuser=cpu=0 "
      "maxtresperaccount=cpu=0 mintresperjob=cpu=4",
      "add qos q2 grptresmins=cpu=0"};
  const Directory directory(site.book);
  const auto reasons = [&](const char* qos) {
    LimitRequest wanted = Site::request(directory, "bob", qos, "cpu=1");
    wanted.minutes = 10;
    std::string text;
    for (const LimitFound& found : start_obstacles(wanted, Counted(site.usage), Instant(0)))
      text += (text.empty() ? "" : " ") + found.reason;
    return text;
  };
  CHECK(reasons("normal") ==
        "AssocMaxJobsLimit AssocMaxWallDurationPerJobLimit AssocGrpJobsLimit AssocGrpWallLimit "
        "AssocMaxCpuMinutesPerJobLimit AssocMaxCpuPerJobLimit AssocGrpCPUMinutesLimit AssocGrpCpuLimit "
        "AssocGrpCPURunMinutesLimit");
  CHECK(reasons("q1") ==
        "QOSGrpJobsLimit QOSGrpWallLimit MaxJobsPerAccount QOSMaxJobsPerUserLimit QOSMaxWallDurationPerJobLimit "
        "AssocMaxJobsLimit QOSGrpCPUMinutesLimit QOSGrpCpuLimit QOSGrpCPURunMinutesLimit QOSMaxCpuMinutesPerJobLimit "
        "QOSMaxCpuPerJobLimit QOSMinCpuNotSatisfied MaxCpuPerAccount QOSMaxCpuPerUserLimit");
  CHECK(
      reasons("q2").ends_with("AssocGrpWallLimit QOSGrpCPUMinutesLimit AssocMaxCpuMinutesPerJobLimit "
                              "AssocMaxCpuPerJobLimit AssocGrpCpuLimit AssocGrpCPURunMinutesLimit"));
}

TEST_CASE("a limit of the QOS puts those of the associations aside") {
  Site site{"add account phys maxtresperjob=cpu=2 grptres=cpu=2", "add user alice account=phys",
            "add qos big maxtresperjob=cpu=64 grptres=cpu=64"};
  CHECK(site.start("alice", "normal", "cpu=3") == "AssocMaxCpuPerJobLimit");
  CHECK(site.start("alice", "big", "cpu=60") == "");
  CHECK(site.start("alice", "big", "cpu=5") == "QOSGrpCpuLimit");
}

TEST_CASE("LimitFactor of a QOS stretches the TRES that associations allow") {
  Site site{"add account phys grptres=cpu=10", "add user alice account=phys maxtresperjob=cpu=4",
            "add qos wide limitfactor=2"};
  CHECK(site.start("alice", "normal", "cpu=5") == "AssocMaxCpuPerJobLimit");
  CHECK(site.start("alice", "wide", "cpu=8") == "");
  CHECK(site.start("alice", "wide", "cpu=9") == "AssocMaxCpuPerJobLimit");
  CHECK(site.start("alice", "normal", "cpu=4") == "AssocGrpCpuLimit");
  CHECK(site.start("alice", "wide", "cpu=8") == "");
}

TEST_CASE("MaxWall in force: of the QOS, else of the nearest association") {
  Site site{"add account phys maxwall=60", "add user alice account=phys", "add user bob account=phys maxwall=20",
            "add qos short maxwall=5"};
  const Directory directory(site.book);
  const auto wall = [&](const char* user, const char* qos) {
    return wall_limit(Site::request(directory, user, qos, "cpu=1"));
  };
  CHECK(wall("alice", "normal") == 60);
  CHECK(wall("bob", "normal") == 20);
  CHECK(wall("bob", "short") == 5);
}

TEST_CASE("what is refused at submission") {
  Site site{"add account phys", "add user alice account=phys",
            "add qos tiny maxsubmitjobsperuser=2 maxtresperjob=cpu=4 flags=denyonlimit",
            "add qos slow maxtresperjob=cpu=4"};
  CHECK(site.submit("alice", "tiny", "cpu=5") == "QOSMaxCpuPerJobLimit");
  CHECK(site.submit("alice", "slow", "cpu=5") == "");  // waits
  CHECK(site.submit("alice", "tiny", "cpu=1") == "");
  CHECK(site.submit("alice", "tiny", "cpu=1") == "");
  CHECK(site.submit("alice", "tiny", "cpu=1") == "QOSMaxSubmitJobPerUserLimit");
}

TEST_CASE("minutes of running jobs are counted down") {
  Site site{"add account phys grptresrunmins=cpu=100", "add user alice account=phys"};
  CHECK(site.start("alice", "normal", "cpu=5", 10) == "");
  CHECK(site.start("alice", "normal", "cpu=6", 10) == "AssocGrpCPURunMinutesLimit");
  const Holder phys{HolderKind::association, site.book->find("c", "phys")->id, ""};
  CHECK(site.usage.of(phys).run_minutes("cpu", Instant(0)) == 50);
  CHECK(site.usage.of(phys).run_minutes("cpu", Instant(300)) == 25);
}

TEST_CASE("safe: a job without an end does not start under a limit of minutes") {
  Site site{"add account phys grptresmins=cpu=200 grpwall=30", "add user alice account=phys"};
  const Directory directory(site.book);
  LimitRequest wanted = Site::request(directory, "alice", "normal", "cpu=2");
  const auto reason = [&](std::optional<std::uint64_t> minutes, bool safe) {
    wanted.minutes = minutes;
    wanted.safe = safe;
    const auto found = start_obstacle(wanted, Counted(site.usage), Instant(0));
    return found ? found->reason : std::string();
  };
  CHECK(reason({}, false) == "");
  CHECK(reason({}, true) == "AssocGrpWallLimit");
  CHECK(reason(40, true) == "AssocGrpWallLimit");
  CHECK(reason(40, false) == "");
  CHECK(reason(20, true) == "");
}

TEST_CASE("a job without an end does not start under a limit of its own minutes, safe or not") {
  Site site{"add account phys maxtresmins=cpu=90", "add user alice account=phys", "add user bob account=phys",
            "add qos short maxtresminsperjob=cpu=80"};
  const Directory directory(site.book);
  const auto reason = [&](const char* qos, std::optional<std::uint64_t> minutes) {
    LimitRequest wanted = Site::request(directory, "alice", qos, "cpu=2");
    wanted.minutes = minutes;
    const auto found = start_obstacle(wanted, Counted(site.usage), Instant(0));
    return found ? found->reason : std::string();
  };
  CHECK(reason("normal", {}) == "AssocMaxCpuMinutesPerJobLimit");
  CHECK(reason("normal", 45) == "");
  CHECK(reason("normal", 46) == "AssocMaxCpuMinutesPerJobLimit");
  CHECK(reason("short", {}) == "QOSMaxCpuMinutesPerJobLimit");
  CHECK(reason("short", 40) == "");
}

TEST_CASE("safe: what others that run still will use counts too, by their factor and as wall time") {
  Site site{"add account phys grptresmins=cpu=100", "add account slow grpwall=25", "add user alice account=phys",
            "add user bob account=slow", "add qos dear usagefactor=2 flags=usagefactorsafe"};
  const Directory directory(site.book);
  std::uint32_t next = 1;
  const auto start = [&](const char* user, const char* qos, const char* tres) {
    LimitRequest wanted = Site::request(directory, user, qos, tres);
    wanted.safe = true;
    if (const auto found = start_obstacle(wanted, Counted(site.usage), Instant(0))) return found->reason;
    CountedJob job{holders_of(wanted), 1, true, wanted.tres, Instant(600)};
    job.factor = safe_factor(wanted.qos);
    site.usage.note(JobId(next++), std::move(job));
    return std::string();
  };
  CHECK(start("alice", "dear", "cpu=4") == "");  // 80 of the 100
  CHECK(start("alice", "normal", "cpu=3") == "AssocGrpCPUMinutesLimit");
  CHECK(start("alice", "normal", "cpu=2") == "");
  CHECK(start("bob", "normal", "cpu=1") == "");
  CHECK(start("bob", "normal", "cpu=1") == "");
  CHECK(start("bob", "normal", "cpu=1") == "AssocGrpWallLimit");
  site.usage.forget(JobId(1));
  CHECK(start("alice", "normal", "cpu=8") == "");
  for (std::uint32_t id = 2; id < next; ++id) site.usage.forget(JobId(id));
  CHECK(site.usage.all().empty());
}

TEST_CASE("how many jobs may grow older at a time") {
  Site site{"add account phys grpjobsaccrue=3", "add user alice account=phys maxjobsaccrue=2",
            "add user bob account=phys", "add qos slow maxjobsaccruepu=1"};
  const Directory directory(site.book);
  std::uint32_t next = 1;
  const auto wait = [&](const char* user, const char* qos) {
    const LimitRequest wanted = Site::request(directory, user, qos, "cpu=1");
    CHECK(limits_accrual(wanted));
    const bool may = may_accrue(wanted, Counted(site.usage));
    CountedJob job{holders_of(wanted), 1, false, {}, {}};
    job.accrues = may;
    site.usage.note(JobId(next++), std::move(job));
    return may;
  };
  CHECK(wait("alice", "slow"));
  CHECK_FALSE(wait("alice", "slow"));  // of the QOS one for each user
  CHECK(wait("alice", "normal"));
  CHECK_FALSE(wait("alice", "normal"));  // two of hers
  CHECK(wait("bob", "normal"));
  CHECK_FALSE(wait("bob", "normal"));  // three of the account's
  site.usage.forget(JobId(1));
  CHECK(wait("bob", "normal"));
}

TEST_CASE("MinPrioThreshold: the highest of the QOS and of the associations") {
  Site site{"add account phys minpriothreshold=50", "add user alice account=phys", "add qos high minpriothreshold=70"};
  const Directory directory(site.book);
  CHECK(priority_threshold(Site::request(directory, "alice", "normal", "cpu=1")) == 50);
  CHECK(priority_threshold(Site::request(directory, "alice", "high", "cpu=1")) == 70);
}

// Property: after any sequence of what happens to jobs, the tallies are the sums over them.
TEST_CASE("usage is the sum over the jobs at all times") {
  std::mt19937 random(5);  // the seed is part of the test
  const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
  LimitUsage usage;
  for (int step = 0; step < 5000; ++step) {
    const JobId id(1 + below(60));
    if (below(4) == 0) {
      usage.forget(id);
    } else {
      CountedJob job;
      for (std::uint32_t i = 0, count = 1 + below(3); i < count; ++i)
        job.holders.push_back({static_cast<HolderKind>(i), below(4), i < 2 ? "" : "u" + std::to_string(below(3))});
      job.tasks = 1 + below(3);
      job.runs = below(2) == 0;
      job.tres = {{"cpu", below(8)}, {"gres/gpu", below(2)}};
      if (below(2) == 0) job.limit_at = Instant(below(100'000));
      usage.note(id, std::move(job));
    }
    if (step % 50 != 0) continue;
    std::map<Holder, Tally> sums;
    for (const auto& [job_id, job] : usage.jobs())
      for (const Holder& holder : job.holders) add_to(sums[holder], job);
    REQUIRE(sums == usage.all());
  }
}
