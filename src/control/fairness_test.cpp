// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/fairness.h"

#include <random>

#include "control/accounted_fixture.h"

using namespace slurmxx;
using namespace slurmxx::testing;

TEST_CASE("who has used less comes first, from the next calculation on") {
  Accounted c;
  const JobId first = c.run(alice, 4);
  CHECK(c.job_of(first).allocation->charge->billing == 16);
  const JobId of_alice = c.run(alice, 4), of_bob = c.run(bob, 4);
  c.pass(300);
  CHECK(c.share("alice").usage == doctest::Approx(4800).epsilon(0.001));
  CHECK(c.share("phys").usage == c.share("alice").usage);
  CHECK(c.share("phys").normal_shares == 0.5);  // beside the user root
  CHECK(c.share("bob").fair_share > c.share("alice").fair_share);
  CHECK(c.priority(of_bob) > c.priority(of_alice));
  c.end(first);
  c.pass(1);
  CHECK(c.job_of(of_bob).state == JobState::running);
  CHECK(c.job_of(of_alice).state == JobState::pending);
}

TEST_CASE("who gives no time limit gets what MaxWall allows, if that is less than the partition's default") {
  Accounted c("", {"modify user alice set maxwall=40", "modify user bob set maxwall=5000"});
  CHECK(c.job_of(c.run(alice)).spec->times.limit == TimeLimit::of(Minutes(40)));
  CHECK(!c.job_of(c.run(bob)).spec->times.limit);
  const auto thirty = [](JobSpec& spec) { spec.times.limit = TimeLimit::of(Minutes(30)); };
  CHECK(c.job_of(c.run(alice, 1, thirty)).spec->times.limit == TimeLimit::of(Minutes(30)));
}

TEST_CASE("flags of a QOS put limits of the partition aside, or ask for a reservation") {
  Accounted c("PartitionName=tight Nodes=ALL MaxNodes=1 MaxTime=10\n",
              {"add qos free flags=partitionmaxnodes,partitiontimelimit", "add qos booked flags=requiresreservation",
               "modify user alice set qos+=free,booked"});
  const auto ask = [](const char* qos) {
    return [qos](JobSpec& spec) {
      spec.placement.partitions = {"tight"};
      spec.labels.qos = qos;
      spec.times.limit = TimeLimit::of(Minutes(20));
    };
  };
  CHECK(c.reason(c.run(alice, 2, ask("normal"))) == "PartitionNodeLimit");
  CHECK(c.job_of(c.run(alice, 2, ask("free"))).state == JobState::running);
  SubmitRequest request = c.job();
  request.spec.labels.qos = "booked";
  CHECK(c.refused(alice, request) == Errc::invalid_qos);
}

TEST_CASE("backfill sets no room aside for jobs of a QOS with NoReserve, nor below MinPrioThreshold") {
  Accounted c("", {"add qos humble flags=noreserve", "add qos rare minpriothreshold=4000000000",
                   "modify user alice set qos+=humble,rare"});
  c.run(bob, 4, [](JobSpec& spec) { spec.times.limit = TimeLimit::of(Minutes(60)); });
  for (const char* qos : {"humble", "rare", "normal"}) {
    const JobId waits = c.run(alice, 4, [&](JobSpec& spec) { spec.labels.qos = qos; });
    const bool expected = view_of(*c.controller->publish(), c.job_of(waits)).expected_start.has_value();
    CHECK(expected == (std::string_view(qos) == "normal"));
  }
}

TEST_CASE("MinPrioThreshold may be changed while jobs wait: room is set aside for those that are above it") {
  Accounted c("", {"modify account phys set minpriothreshold=4000000000"});
  c.run(bob, 4, [](JobSpec& spec) { spec.times.limit = TimeLimit::of(Minutes(60)); });
  const JobId waits = c.run(alice, 4);
  const auto is_expected = [&] {
    return view_of(*c.controller->publish(), c.job_of(waits)).expected_start.has_value();
  };
  CHECK(!is_expected());
  c.order("modify account phys set minpriothreshold=-1");
  c.tell();
  c.pass(60);
  CHECK(is_expected());
  c.order("modify user alice set minpriothreshold=4000000000");
  c.tell();
  c.pass(60);
  CHECK(!is_expected());
}

TEST_CASE("the priority shown sums up from its terms, and QOS and association count") {
  Accounted c("", {"modify user alice set qos+=high", "modify user bob set priority=5"});
  c.run(bob, 4);
  const JobId high = c.run(alice, 4, [](JobSpec& spec) { spec.labels.qos = "high"; });
  const JobId plain = c.run(bob, 4);
  c.pass(300);
  const auto reply = std::get<PrioritiesReply>(c.ask(admin, PrioritiesRequest{}));
  REQUIRE(reply.rows.size() == 2);
  for (const PriorityRow& row : reply.rows) {
    std::int64_t sum = -row.terms.nice + row.terms.site;
    for (const PriorityTerm& term : row.terms.factors) sum += term.weighted;
    CHECK(sum == row.terms.priority);
    CHECK(row.terms.priority == c.priority(row.job));
    const auto weighted = [&](PriorityFactor factor) {
      return row.terms.factors[static_cast<std::size_t>(factor)].weighted;
    };
    CHECK(weighted(PriorityFactor::qos) == (row.job == high ? 100 : 0));
    CHECK(weighted(PriorityFactor::association) == (row.job == plain ? 10 : 0));
  }
}

TEST_CASE("usage is weighed by the partition, and is the same after a restart and a crash") {
  Accounted c;
  const JobId id = c.run(alice, 1, [](JobSpec& spec) { spec.placement.partitions = {"dear"}; });
  const Allocation& allocation = *c.job_of(id).allocation;
  const auto memory = static_cast<double>(allocation.shares.front().memory.value);
  CHECK(allocation.charge->billing == doctest::Approx(4 * 2.5 + 0.5 * memory / 1024));
  c.pass(30'000);
  const double before = c.share("alice").usage;
  CHECK(before > 0);
  c.boot();
  CHECK(c.share("alice").usage == before);
  c.all_up();
  c.end(id);
  c.pass(7 * 86400);
  CHECK(c.share("alice").usage == doctest::Approx(before / 2).epsilon(0.001));
}

TEST_CASE("PriorityUsageResetPeriod and RawUsage=0 set usage to nothing") {
  Accounted c("PriorityUsageResetPeriod=DAILY\nPriorityDecayHalfLife=0\n");
  c.run(alice, 4);
  c.pass(1000);
  CHECK(c.share("alice").usage == 16'000);
  c.order("modify account phys set rawusage=0");
  c.tell();
  CHECK(c.share("alice").usage == 0);
  c.pass(10);
  CHECK(c.share("alice").usage == 160);
  c.pass(86'400 - c.seconds);  // midnight
  CHECK(c.share("alice").usage == 0);
  c.pass(1);
  CHECK(c.share("alice").usage == 16);
}

TEST_CASE("GrpTRESMins: what is used up ends those that run, and lets no other start") {
  Accounted c("PriorityDecayHalfLife=0\n", {"modify account phys set grptresmins=cpu=100"});
  const JobId first = c.run(alice, 2);
  const JobId second = c.run(bob, 4);
  c.pass(60 * 11);
  CHECK(c.job_of(first).state == JobState::running);
  c.pass(60 * 3);
  CHECK(c.job_of(first).state == JobState::timeout);
  CHECK(c.job_of(first).end_reason == "AssocGrpCPUMinutesLimit");
  c.leave(first);
  c.pass(1);
  CHECK(c.reason(second) == "AssocGrpCPUMinutesLimit");
  c.order("modify account phys set rawusage=0");
  c.tell();
  c.pass(1);
  CHECK(c.job_of(second).state == JobState::running);
}

TEST_CASE("what users have used stays with their accounts, whoever is deleted and comes back") {
  Accounted c("PriorityDecayHalfLife=0\n", {"add account lab parent=phys", "add user carol account=lab",
                                            "modify account phys set grptresmins=cpu=10", "add account chem",
                                            "add user bob account=chem defaultaccount=chem"});
  const JobId first = c.run(alice, 1);
  c.pass(60 * 4);
  c.end(first);
  const double used = c.share("phys").usage;
  CHECK(used == 16 * 60);
  const auto in_phys = [](JobSpec& spec) { spec.labels.account = "phys"; };
  const JobId waits = c.run(bob, 1, in_phys);
  CHECK(c.reason(waits) == "AssocGrpCPUMinutesLimit");
  for (const char* line : {"delete user alice", "add user alice account=phys"}) {
    c.order(line);
    c.tell();
    c.pass(1);
    CHECK(c.share("phys").usage == used);
    CHECK(c.reason(waits) == "AssocGrpCPUMinutesLimit");
  }
  CHECK(c.share("alice").usage == 0);
  c.boot();
  c.all_up();
  CHECK(c.share("phys").usage == used);
  c.order("modify account phys set rawusage=0");
  c.tell();
  c.pass(1);
  CHECK(c.job_of(waits).state == JobState::running);
}

TEST_CASE("limits of what is used over time bind no one where they stand at the top of the cluster") {
  Accounted c("PriorityDecayHalfLife=0\n", {"modify account root set grptresmins=cpu=1 grpwall=1"});
  const JobId first = c.run(alice, 1);
  c.pass(600);
  CHECK(c.job_of(first).state == JobState::running);
  CHECK(c.job_of(c.run(bob, 1)).state == JobState::running);
}

TEST_CASE("safe: only what can run to its end starts") {
  Accounted c("AccountingStorageEnforce=safe,qos\n", {"modify qos normal set grptresmins=cpu=100 flags=nodecay"});
  const auto minutes = [](std::int64_t count) {
    return [count](JobSpec& spec) { spec.times.limit = TimeLimit::of(Minutes(count)); };
  };
  const JobId fits = c.run(alice, 1, minutes(10));  // 40 of 100
  const JobId too_long = c.run(bob, 1, minutes(20));
  CHECK(c.job_of(fits).state == JobState::running);
  CHECK(c.reason(too_long) == "QOSGrpCPUMinutesLimit");
  const JobId shorter = c.run(bob, 1, minutes(15));
  CHECK(c.job_of(shorter).state == JobState::running);
}

TEST_CASE("safe: what has started runs to its end, whatever it is charged and however limits change") {
  Accounted c(
      "AccountingStorageEnforce=safe,qos\nPriorityDecayHalfLife=0\n",
      {"add qos dear usagefactor=2", "modify user alice set qos+=dear", "modify account phys set grptresmins=cpu=100"});
  const auto twenty_minutes = [](JobSpec& spec) {
    spec.labels.qos = "dear";
    spec.times.limit = TimeLimit::of(Minutes(20));
  };
  const JobId dear = c.run(alice, 1, twenty_minutes);  // 80 CPU minutes, charged as 160
  REQUIRE(c.job_of(dear).state == JobState::running);
  c.pass(60 * 15);
  CHECK(c.job_of(dear).state == JobState::running);
  CHECK(c.reason(c.run(bob, 1)) == "AssocGrpCPUMinutesLimit");
  c.order("modify qos dear set flags+=usagefactorsafe");
  c.order("modify account phys set grptresmins=cpu=1 grpwall=1");
  c.tell();
  c.pass(2);
  CHECK(c.job_of(dear).state == JobState::running);
}

TEST_CASE("UsageThreshold holds jobs of who has used too much") {
  Accounted c("", {"modify qos normal set usagethreshold=0.9 flags=enforceusagethreshold"});
  c.pass(300);
  const JobId first = c.run(alice, 1);
  CHECK(c.job_of(first).state == JobState::running);
  c.pass(300);
  const JobId second = c.run(alice, 1);
  CHECK(c.reason(second) == "QOSUsageThreshold");
  c.end(first);
  c.pass(5);
  CHECK(c.reason(second) == "QOSUsageThreshold");
  c.order("modify account phys set rawusage=0");  // her share comes back, and with it the job
  c.tell();
  c.pass(301);  // PriorityCalcPeriod
  CHECK(c.job_of(second).state == JobState::running);
}

TEST_CASE("UsageThreshold and its flag may be changed while jobs wait for them") {
  Accounted c("");
  c.pass(300);
  c.run(alice, 1);
  c.pass(300);
  c.order("modify qos normal set usagethreshold=0.9 flags=enforceusagethreshold");
  c.tell();
  const JobId held = c.run(alice, 1);
  CHECK(c.reason(held) == "QOSUsageThreshold");
  c.order("modify qos normal set flags-=enforceusagethreshold");
  c.tell();
  c.pass(10);
  CHECK(c.job_of(held).state == JobState::running);
  c.order("modify qos normal set flags+=enforceusagethreshold");
  c.tell();
  const JobId again = c.run(alice, 1);
  CHECK(c.reason(again) == "QOSUsageThreshold");
  c.order("modify qos normal set usagethreshold=-1");
  c.tell();
  c.pass(10);
  CHECK(c.job_of(again).state == JobState::running);
}

TEST_CASE("enforced wckeys: one that is none of the user's is refused, and who has none is let in") {
  Accounted c("AccountingStorageEnforce=associations,wckeys\n", {"add user bob wckey=k1"});
  const auto key_of = [&](const Caller& caller) { return c.job_of(c.run(caller, 1)).spec->labels.wckey; };
  CHECK(key_of(alice) == "*");
  CHECK(key_of(bob) == "*k1");
  SubmitRequest foreign = c.job(1);
  foreign.spec.labels.wckey = "k1";
  CHECK(c.refused(alice, foreign) == Errc::error);
}

TEST_CASE("tracked wckeys: a job without one shows that its user has none") {
  Accounted c("TrackWCKey=yes\n", {"add user bob wckey=k1"});
  const auto key_of = [&](const Caller& caller) { return c.job_of(c.run(caller, 1)).spec->labels.wckey; };
  CHECK(key_of(alice) == "*");
  CHECK(key_of(bob) == "*k1");
}

TEST_CASE("a job that runs stays with the account, the QOS and the wckey that it began with") {
  Accounted c("", {"modify user alice set qos+=high"});
  const JobId id = c.run(alice, 1);
  const auto change = [&](const char* key, const char* value) {
    return c.refused(alice, UpdateRequest{"job", std::to_string(id.value), {{key, value}}});
  };
  CHECK(change("QOS", "nosuch") == Errc::invalid_qos);
  CHECK(change("QOS", "high") == Errc::job_not_pending);
  CHECK(change("WCKey", "other") == Errc::job_not_pending);
  CHECK(change("QOS", "normal") == Errc::ok);
  CHECK(change("QOS", "") == Errc::ok);
  CHECK(c.job_of(id).spec->labels.qos == "normal");
}

// Property: whatever happens to jobs, what limits count is the sum over those that there are.
TEST_CASE("what limits count equals the sum over the jobs") {
  for (std::uint32_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
    Accounted c("", {"modify account phys set grptres=cpu=12"});
    std::vector<JobId> jobs;
    for (int step = 0; step < 60; ++step) {
      const std::uint32_t what = below(6);
      const JobId one = jobs.empty() ? JobId() : jobs[below(static_cast<std::uint32_t>(jobs.size()))];
      const bool there = !jobs.empty() && c.controller->state().find(one);
      if (what < 3) jobs.push_back(c.run(below(2) ? alice : bob, 1 + below(2)));
      if (what == 3 && there) c.end(one);
      if (what == 4 && there) c.ask(admin, JobVerbRequest{JobVerb::requeue, one}), c.leave(one);
      if (what == 5 && there) c.ask(admin, JobVerbRequest{below(2) ? JobVerb::suspend : JobVerb::resume, one});
      c.pass(below(30));
      std::map<std::uint32_t, Tally> sums;  // by association
      c.controller->state().jobs().for_each([&](std::uint64_t, const Job& job) {
        if (job.state != JobState::pending && !job.runs()) return;
        const Association* own = c.book.find("test", "phys", job.spec->owner.user_name);
        for (const Association* at = own; at; at = c.book.above(*at)) {
          ++sums[at->id].submitted;
          if (!job.runs()) continue;
          ++sums[at->id].running;
          for (const NodeShare& share : job.allocation->shares) sums[at->id].tres.add("cpu", share.cpus);
        }
      });
      const auto told = std::get<AssociationsReply>(c.ask(admin, AssociationsRequest{}));
      for (const AssociationsReply::Use& use : told.uses) {
        if (use.holder.kind != HolderKind::association) continue;
        CHECK(use.tally.submitted == sums[use.holder.id].submitted);
        CHECK(use.tally.running == sums[use.holder.id].running);
        CHECK(use.tally.tres["cpu"] == sums[use.holder.id].tres["cpu"]);
        CHECK(use.tally.tres["cpu"] <= 12);
      }
      for (const auto& [id, sum] : sums)
        if (sum.submitted > 0)
          CHECK(std::any_of(told.uses.begin(), told.uses.end(), [id = id](const auto& use) {
            return use.holder == Holder{HolderKind::association, id, ""};
          }));
    }
  }
}

TEST_CASE("MaxJobsAccrue: the age of those beyond it does not count until it is their turn") {
  Accounted c("PriorityWeightAge=1000000\nPriorityMaxAge=00:10:00\n", {"modify user alice set maxjobsaccrue=1"});
  const JobId first = c.run(alice, 4);
  const JobId second = c.run(alice, 4), third = c.run(alice, 4), of_bob = c.run(bob, 4);
  c.pass(60);
  CHECK_FALSE(c.job_of(second).times.accrual.held);
  CHECK(c.job_of(third).times.accrual.held);
  CHECK_FALSE(c.job_of(of_bob).times.accrual.held);
  CHECK(c.priority(second) >= c.priority(third) + 90'000);
  CHECK(c.priority(of_bob) >= c.priority(third) + 90'000);
  c.ask(admin, JobVerbRequest{JobVerb::cancel, second});
  c.pass(1);
  CHECK_FALSE(c.job_of(third).times.accrual.held);
  REQUIRE(c.job_of(third).times.accrual.since);
  CHECK(c.now().wall - *c.job_of(third).times.accrual.since <= Seconds(2));  // from now on, not from its submission
  c.boot();
  CHECK(c.job_of(third).times.accrual.since);
  CHECK(c.job_of(first).state == JobState::running);
}

TEST_CASE("assoc_limit_stop: who waits for a limit holds up his partition, and no other") {
  for (const bool stops : {false, true}) {
    Accounted c(stops ? "SchedulerParameters=assoc_limit_stop\n" : "", {"modify user alice set maxjobs=1"});
    c.run(alice);
    const JobId limited = c.run(alice), behind = c.run(bob);
    const JobId elsewhere = c.run(bob, 1, [](JobSpec& spec) { spec.placement.partitions = {"dear"}; });
    c.pass(1);
    CHECK(c.reason(limited) == "AssocMaxJobsLimit");
    CHECK((c.job_of(behind).state == JobState::running) == !stops);
    CHECK(c.job_of(elsewhere).state == JobState::running);
    if (stops) CHECK(c.reason(behind) == "Priority");
  }
}

TEST_CASE("PrivateData=usage: a user sees his own rows") {
  Accounted c("PrivateData=usage\n");
  c.run(alice, 1);
  c.run(bob, 1);
  const auto told = std::get<AssociationsReply>(c.ask(alice, AssociationsRequest{}));
  REQUIRE(told.book.associations.size() == 1);
  CHECK(told.book.associations.front().user == "alice");
  CHECK(std::ranges::all_of(told.uses,
                            [](const auto& use) { return use.holder.name.empty() || use.holder.name == "alice"; }));
  CHECK(std::get<AssociationsReply>(c.ask(admin, AssociationsRequest{})).book.associations.size() > 3);
  const auto own = std::get<SharesReply>(c.ask(admin, SharesRequest{false, "bob"}));
  REQUIRE(own.lines.size() == 1);
  CHECK(own.lines.front().user == "bob");
}

TEST_CASE("a resource of accounting is a licence of the clusters that have a share of it") {
  Accounted c("", {"add resource name=ansys server=flex count=10 type=license cluster=test allowed=50"});
  const auto asks = [](const char* licenses) { return [=](JobSpec& spec) { spec.labels.licenses = licenses; }; };
  const JobId first = c.run(alice, 1, asks("ansys@flex:3")), second = c.run(bob, 1, asks("ansys@flex:3"));
  CHECK(c.job_of(first).state == JobState::running);
  CHECK(c.job_of(second).state == JobState::pending);
  const auto told = std::get<LicensesReply>(c.ask(admin, LicensesRequest{}));
  REQUIRE(told.licenses.size() == 1);
  CHECK(told.licenses.front().name == "ansys@flex");
  CHECK(told.licenses.front().total == 5);
  CHECK(told.licenses.front().used == 3);
  CHECK(told.licenses.front().remote);
  SubmitRequest unknown = c.job();
  unknown.spec.labels.licenses = "ansys";
  CHECK(c.refused(alice, unknown) == Errc::invalid_licenses);
  c.order("modify resource name=ansys set allowed=100");
  c.tell();
  c.pass(5);
  CHECK(c.job_of(second).state == JobState::running);
  c.boot();
  CHECK(std::get<LicensesReply>(c.ask(admin, LicensesRequest{})).licenses.front().total == 10);
}

// Of 10 the cluster has 6, and 4 are for others. Its server tells of 7 in use when our jobs have 2: one of ours is
// away.
TEST_CASE("what others have of a resource is not free to jobs, beyond what was theirs") {
  Accounted c("", {"add resource name=ansys server=flex count=10 type=license cluster=test allowed=60"});
  const auto asks = [](const char* licenses) { return [=](JobSpec& spec) { spec.labels.licenses = licenses; }; };
  const auto told = [&] { return std::get<LicensesReply>(c.ask(admin, LicensesRequest{})).licenses.front(); };
  const JobId first = c.run(alice, 1, asks("ansys@flex:2"));
  c.order("modify resource name=ansys set lastconsumed=7");
  c.tell();
  CHECK(told().last_consumed == 7);
  CHECK(told().last_deficit == 1);
  CHECK(told().last_update == Instant(100));
  CHECK(told().used == 2);
  CHECK(told().free() == 3);
  const JobId second = c.run(bob, 1, asks("ansys@flex:4"));
  CHECK(c.job_of(second).state == JobState::pending);
  CHECK(c.reason(second) == "Licenses");
  const JobId small = c.run(bob, 1, asks("ansys@flex:3"));
  CHECK(c.job_of(small).state == JobState::running);
  c.tell();  // the same again, while more of ours are in use
  CHECK(told().last_deficit == 1);
  CHECK(told().free() == 0);
  c.order("modify resource name=ansys set lastconsumed=5");
  c.tell();
  CHECK(told().last_deficit == 0);
  c.end(first);
  c.end(small);
  c.pass(5);
  CHECK(c.job_of(second).state == JobState::running);
  c.order("modify resource name=ansys set lastconsumed=10");
  c.tell();
  CHECK(told().last_deficit == 2);
  c.boot();
  CHECK(told().last_deficit == 2);
  CHECK(told().free() == 0);
}

TEST_CASE("MaxTRESPerNode is of each node, not of their average") {
  Accounted c("", {"modify user alice set maxtrespernode=cpu=3"});
  const auto tasks = [](std::uint32_t count) {
    return [=](JobSpec& spec) {
      spec.placement.sharing = Sharing::unset;
      spec.resources.tasks = count;
    };
  };
  const auto most_of = [&](JobId id) {
    std::uint32_t most = 0;
    for (const NodeShare& share : c.job_of(id).allocation->shares) most = std::max(most, share.cpus);
    return most;
  };
  const JobId uneven = c.run(alice, 2, tasks(5));
  CHECK(most_of(uneven) == 3);  // not 4 and 1
  CHECK(c.job_of(c.run(bob, 2, tasks(5))).state == JobState::running);
  c.end(uneven);
  const JobId whole = c.run(alice, 1);
  CHECK(c.job_of(whole).state == JobState::pending);
  CHECK(c.reason(whole) == "AssocMaxCpuPerNode");
}

TEST_CASE("of a range of nodes a job gets as many as limits let it have") {
  Accounted c("", {"modify user alice set maxtresperjob=node=2", "add qos one maxtresperuser=node=1",
                   "modify user bob set qos+=one", "modify user bob set grptres=node=1"});
  const auto up_to = [](std::uint32_t most, const char* qos = "normal") {
    return [=](JobSpec& spec) {
      spec.labels.qos = qos;
      spec.placement.sharing = Sharing::unset;
      spec.resources.nodes_max = most;
      spec.resources.tasks = 1;
    };
  };
  const auto nodes_of = [&](JobId id) {
    const Job& job = c.job_of(id);
    return job.state == JobState::running ? job.allocation->shares.size() : 0;
  };
  const JobId of_four = c.run(alice, 1, up_to(4));
  CHECK(nodes_of(of_four) == 2);
  c.end(of_four);
  for (const char* qos : {"normal", "one"}) {
    const JobId id = c.run(bob, 1, up_to(3, qos));
    CHECK(nodes_of(id) == 1);
    c.end(id);
  }
  CHECK(c.reason(c.run(alice, 3, up_to(4))) == "AssocMaxNodePerJobLimit");
}

TEST_CASE("a job knows whether its submission, a later look or backfill started it") {
  Accounted c;
  const auto brief = [](JobSpec& spec) { spec.times.limit = TimeLimit::of(Minutes(10)); };
  const JobId first = c.run(alice, 3, brief), second = c.run(alice, 4), passes = c.run(alice, 1, brief);
  CHECK(c.job_of(first).started_by == StartedBy::submission);
  CHECK(c.job_of(second).started_by == StartedBy::unknown);
  CHECK(c.job_of(passes).started_by == StartedBy::backfill);
  CHECK(c.controller->publish()->statistics.backfill.jobs_since_boot == 1);
  c.pass(5);
  c.end(first);
  c.end(passes);
  c.pass(5);
  CHECK(c.job_of(second).started_by == StartedBy::main);
}

TEST_CASE("a QOS that is Relative limits to a part of the cluster, or of its partition") {
  Accounted c("PartitionName=half Nodes=n[1-2] MaxTime=INFINITE QOS=part\n",
              {"add qos share flags=relative maxtresperuser=cpu=50", "add qos part flags=relative grptres=cpu=50",
               "modify account phys set qos=normal,share"});
  const auto in = [](const char* partition, const char* qos) {
    return [partition, qos](JobSpec& spec) {
      spec.placement.partitions = {partition};
      spec.labels.qos = qos;
    };
  };
  const JobId two = c.run(alice, 2, in("main", "share"));  // 8 of 16 CPUs
  CHECK(c.job_of(two).state == JobState::running);
  const JobId third = c.run(alice, 1, in("main", "share"));
  CHECK(c.job_of(third).state == JobState::pending);
  const JobId whole = c.run(bob, 2, in("half", "normal"));  // 8 of the partition's 8
  CHECK(c.job_of(whole).state == JobState::pending);
}

TEST_CASE("a QOS that is Relative grows and shrinks with the cluster") {
  Accounted c("MaxNodeCount=9\n",
              {"add qos share flags=relative maxtresperuser=cpu=50", "modify account phys set qos=normal,share"});
  const auto in_share = [](JobSpec& spec) { spec.labels.qos = "share"; };
  const JobId first = c.run(alice, 2, in_share);  // 8 of 16 CPUs
  const JobId second = c.run(alice, 1, in_share);
  CHECK(c.job_of(second).state == JobState::pending);
  c.ask(admin, UpdateRequest{"node", "d1", {{"CPUs", "8"}, {"State", "CLOUD"}}, UpdateVerb::create});
  c.pass(5);
  CHECK(c.job_of(second).state == JobState::running);  // 12 of 24
  c.ask(admin, UpdateRequest{"node", "d1", {}, UpdateVerb::remove});
  c.end(first);
  const JobId third = c.run(alice, 2, in_share);  // 4 and 8 of 16
  CHECK(c.job_of(third).state == JobState::pending);
}

TEST_CASE("PartitionMaxNodes helps against EnforcePartLimits") {
  Accounted c("EnforcePartLimits=ALL\nPartitionName=tight Nodes=ALL MaxNodes=1 MaxTime=INFINITE\n",
              {"add qos free flags=partitionmaxnodes", "modify user alice set qos+=free"});
  const auto with = [](const char* qos) {
    return [qos](JobSpec& spec) {
      spec.placement.partitions = {"tight"};
      spec.labels.qos = qos;
    };
  };
  CHECK(c.job_of(c.run(alice, 2, with("free"))).state == JobState::running);
}

TEST_CASE("a partition lets in accounts and QOS of its lists, whatever else is enforced") {
  const std::string lists =
      "PartitionName=acc Nodes=n1 AllowAccounts=phys\nPartitionName=no Nodes=n2 DenyAccounts=chem\n"
      "PartitionName=q Nodes=n3 DenyQos=high\n";
  const auto of = [](const char* partition, const char* account, const char* qos) {
    return [=](JobSpec& spec) {
      spec.placement.partitions = {partition};
      spec.labels.account = account;
      spec.labels.qos = qos;
    };
  };
  Accounted c(lists + "AccountingStorageEnforce=\n", {"add account chem", "add user alice account=chem"});
  CHECK(c.reason(c.run(alice, 1, of("acc", "chem", "normal"))) == "AccountNotAllowed");
  CHECK(c.reason(c.run(alice, 1, of("no", "chem", "normal"))) == "AccountNotAllowed");
  CHECK(c.reason(c.run(alice, 1, of("q", "phys", "high"))) == "QOSNotAllowed");
  for (const JobId in : {c.run(alice, 1, of("acc", "phys", "normal")), c.run(alice, 1, of("no", "phys", "normal")),
                         c.run(alice, 1, of("q", "chem", "normal"))})
    CHECK(c.job_of(in).state == JobState::running);

  Accounted any(lists + "AccountingStorageEnforce=\nEnforcePartLimits=ANY\n", {"add account chem"});
  SubmitRequest request = any.job(1);
  of("acc", "chem", "normal")(request.spec);
  CHECK(any.refused(alice, request) == Errc::invalid_account);
  of("q", "chem", "high")(request.spec);
  CHECK(any.refused(alice, request) == Errc::invalid_qos);
}

TEST_CASE("a reservation for an account is for the accounts below it as well, and must name accounts that there are") {
  Accounted c("", {"add account theo parent=phys", "add account chem", "add user alice account=theo",
                   "add user alice account=chem"});
  const auto made = [&](const std::string& name, const std::string& node, const std::string& accounts) {
    std::vector<KeyValue> keys{
        {"StartTime", std::to_string(c.seconds)}, {"Duration", "60"}, {"Nodes", node}, {"Accounts", accounts}};
    return c.refused(admin, UpdateRequest{"reservation", name, std::move(keys), UpdateVerb::create});
  };
  CHECK(made("bad", "n1", "nosuch") == Errc::invalid_account);
  REQUIRE(made("for", "n1", "phys") == Errc::ok);
  REQUIRE(made("not", "n2", "-phys") == Errc::ok);
  const auto asks = [&](const std::string& account, const std::string& reservation) {
    SubmitRequest request = c.job(1);
    request.spec.labels.account = account;
    request.spec.labels.reservation = reservation;
    return request;
  };
  CHECK(c.refused(alice, asks("chem", "for")) == Errc::reservation_access);
  CHECK(c.refused(alice, asks("theo", "not")) == Errc::reservation_access);
  CHECK(c.job_of(c.submit(alice, asks("theo", "for"))).state == JobState::running);
  CHECK(c.job_of(c.submit(alice, asks("chem", "not"))).state == JobState::running);
}

TEST_CASE("operators manage jobs and reservations, administrators all, coordinators the jobs of their accounts") {
  Accounted c("", {"add account chem"});
  const auto held = [](JobSpec& spec) { spec.policy.hold = true; };
  const JobId job = c.run(alice, 1, held);
  const JobVerbRequest cancel{JobVerb::cancel, job};
  const UpdateRequest rename{"job", std::to_string(job.value), {{"JobName", "other"}}};
  const UpdateRequest node{"node", "n1", {{"Weight", "7"}}};
  const UpdateRequest reserve{"reservation",
                              "r",
                              {{"StartTime", "10000"}, {"Duration", "5"}, {"Nodes", "n1"}, {"Users", "alice"}},
                              UpdateVerb::create};
  CHECK(c.refused(bob, cancel) == Errc::access_denied);
  CHECK(c.refused(bob, rename) == Errc::user_id_missing);
  CHECK(c.refused(bob, reserve) == Errc::access_denied);

  c.order("add coordinator account=chem name=bob");
  c.tell();
  CHECK(c.refused(bob, rename) == Errc::user_id_missing);
  c.order("add coordinator account=phys name=bob");
  c.tell();
  CHECK(c.refused(bob, rename) == Errc::ok);
  CHECK(c.refused(bob, reserve) == Errc::access_denied);
  c.order("modify user bob set adminlevel=operator");
  c.tell();
  CHECK(c.refused(bob, reserve) == Errc::ok);
  CHECK(c.refused(bob, node) == Errc::user_id_missing);
  c.order("modify user bob set adminlevel=administrator");
  c.tell();
  CHECK(c.refused(bob, node) == Errc::ok);
  CHECK(c.refused(bob, cancel) == Errc::ok);
  SubmitRequest as_other = c.job(1);
  as_other.for_owner = true;
  CHECK(c.refused(bob, as_other) == Errc::error);  // nobody becomes another user by a level
}
