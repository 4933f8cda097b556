// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "state/usage.h"

#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "state/journal_format.h"

using namespace slurmxx;

namespace {

constexpr UsageKey alice{UsageHolder::association, 7};
constexpr UsageKey normal{UsageHolder::qos, 1};
constexpr UsageKey scavenger{UsageHolder::qos, 2};

AccountBook book() {
  AccountBook book = first_book();
  Qos qos;
  qos.id = 2;
  qos.name = "scavenger";
  qos.usage_factor = 500'000;
  qos.flags = {"NoDecay"};
  put(book.qos, qos);
  Association own;
  own.id = 7;
  own.account = "root";
  own.user = "alice";
  put(book.associations, own);
  return book;
}

// A node of 8 CPUs, and a log that is applied as it is written.
struct Log {
  State state;
  std::vector<Record> records;
  std::int64_t now = 1000;

  Log() {
    ClusterConfigured configured;
    ClusterConfigured::NodeRow row;
    row.name = "n1";
    row.shape.cpus = 8;
    row.shape.memory = MebiBytes(8000);
    configured.nodes.push_back(row);
    add(configured);
    add(AccountsChanged{difference({}, book()), true});
  }
  void add(Event event) {
    records.push_back({LogPosition(state.position().value + 1), Instant(now), RequestId(), std::move(event)});
    const Status applied = apply(state, records.back());
    REQUIRE_MESSAGE(applied.ok(), (applied.ok() ? "" : applied.error().message));
  }
  void start(std::uint32_t id, std::uint32_t cpus, std::uint32_t qos = 1) {
    add(JobSubmitted{JobId(id), std::make_shared<const JobSpec>(), Hold::none});
    Allocation allocation{"main", {{NodeIndex(0), cpus, MebiBytes(100), {}}}, false};
    allocation.charge = Charge{7, qos, 0, static_cast<double>(cpus)};
    add(JobStarted{JobId(id), allocation, std::nullopt});
  }
  void end(std::uint32_t id) {
    add(JobEnded{JobId(id), JobState::completed, {}, ""});
    add(JobLeftNode{JobId(id), NodeIndex(0)});
  }
  double billed(UsageKey key = alice) const { return usage_as_of(state, Instant(now))[key].billing(); }
};

}  // namespace

TEST_CASE("usage is what ran, while it runs and after it ended") {
  Log log;
  log.start(1, 4);
  log.now += 100;
  CHECK(log.billed() == 400);
  CHECK(usage_as_of(log.state, Instant(log.now))[alice].of("mem") == 10'000);
  CHECK(usage_as_of(log.state, Instant(log.now))[alice].wall == 100);
  log.end(1);
  CHECK(log.billed() == 400);
  CHECK(log.billed(normal) == 400);
  log.now += 100;
  CHECK(log.billed() == 400);
}

TEST_CASE("a suspended job is charged for what it ran, and one that is requeued for each life") {
  Log log;
  log.start(1, 2);
  log.now += 10;
  log.add(JobSuspended{JobId(1)});
  log.now += 1000;
  CHECK(log.billed() == 20);
  log.add(JobResumed{JobId(1)});
  log.now += 5;
  CHECK(log.billed() == 30);
  log.add(JobRequeued{JobId(1)});
  log.add(JobLeftNode{JobId(1), NodeIndex(0)});
  log.now += 50;
  CHECK(log.billed() == 30);
}

TEST_CASE("usage decays by the half-life, also while it is being made") {
  Log log;
  log.add(UsageRulesSet{Seconds(3600)});
  log.start(1, 1);
  log.now += 7200;
  const double rate = std::log(2.0) / 3600;
  CHECK(log.billed() == doctest::Approx((1 - 0.25) / rate));
  log.end(1);
  log.now += 3600;
  CHECK(log.billed() == doctest::Approx((1 - 0.25) / rate / 2));
}

TEST_CASE("a QOS may weigh usage, and keep what it counted") {
  Log log;
  log.add(UsageRulesSet{Seconds(100)});
  log.start(1, 2, 2);
  log.now += 50;
  log.end(1);
  CHECK(log.billed(scavenger) == 50);
  log.now += 100'000;
  CHECK(log.billed(scavenger) == 50);
  CHECK(log.billed() < 1e-6);
  log.add(UsageReset{});
  CHECK(log.billed(scavenger) == 50);
  CHECK(log.billed() == 0);
}

TEST_CASE("what changes the rules holds from then on: half-life, UsageFactor, resets") {
  Log log;
  log.start(1, 4, 2);
  log.now += 10;
  BookChange change;
  Qos qos = *log.state.accounts()->find_qos("scavenger");
  qos.usage_factor = 2'000'000;
  change.rows.qos = {qos};
  log.add(AccountsChanged{change, false});
  CHECK(log.billed() == 20);
  log.now += 10;
  CHECK(log.billed() == 100);
  qos.usage_resets = 1;
  change.rows.qos = {qos};
  log.add(AccountsChanged{change, false});
  CHECK(log.billed(scavenger) == 0);
  CHECK(log.billed() == 100);
  log.add(UsageReset{});
  log.now += 1;
  CHECK(log.billed() == 8);
  log.add(UsageRulesSet{Seconds(1)});
  log.now += 1;
  CHECK(log.billed() == doctest::Approx(4 + 8 * 0.5 / std::log(2.0)));
}

namespace {

// phys, lab below it, and alice in lab: 10, 11 and 12.
constexpr UsageKey phys{UsageHolder::association, 10}, lab{UsageHolder::association, 11},
    in_lab{UsageHolder::association, 12};

AccountBook tree() {
  AccountBook book = first_book();
  const auto add = [&](std::uint32_t id, const char* account, const char* parent, const char* user) {
    Association row;
    row.id = id;
    row.account = account;
    row.parent = parent;
    row.user = user;
    put(book.associations, row);
  };
  add(1, "root", "", "");
  add(10, "phys", "root", "");
  add(11, "lab", "phys", "");
  add(12, "lab", "", "alice");
  return book;
}

struct TreeLog : Log {
  TreeLog() {
    become(tree());
    add(JobSubmitted{JobId(1), std::make_shared<const JobSpec>(), Hold::none});
    Allocation allocation{"main", {{NodeIndex(0), 4, MebiBytes(100), {}}}, false};
    allocation.charge = Charge{12, 1, 0, 4};
    add(JobStarted{JobId(1), allocation, std::nullopt});
    now += 100;
  }
  void become(const AccountBook& to, bool keeps_usage = true) {
    add(AccountsChanged{difference(*state.accounts(), to), false, keeps_usage});
  }
};

}  // namespace

TEST_CASE("what an association has used stays with the account above when it goes, while its job runs too") {
  TreeLog log;
  AccountBook without = tree();
  std::erase_if(without.associations, [](const Association& row) { return row.id == 12; });
  log.become(without);
  CHECK(log.billed(in_lab) == 0);
  CHECK(log.billed(lab) == 400);
  log.end(1);
  std::erase_if(without.associations, [](const Association& row) { return row.id == 11; });
  log.become(without);
  CHECK(log.billed(lab) == 0);
  CHECK(log.billed(phys) == 400);
  log.add(UsageReset{});
  CHECK(log.billed(phys) == 0);
}

TEST_CASE("a whole branch that goes leaves what it used at the account that stays") {
  TreeLog log;
  log.add(UsageRulesSet{Seconds(100)});
  log.end(1);
  log.now += 100;
  AccountBook without = tree();
  std::erase_if(without.associations, [](const Association& row) { return row.id >= 11; });
  log.become(without);
  CHECK(log.billed(phys) == doctest::Approx(200));
  log.now += 100;
  CHECK(log.billed(phys) == doctest::Approx(100));  // decays as before
}

TEST_CASE("an association that went and came back between two looks begins anew, and the one above keeps the rest") {
  TreeLog log;
  log.end(1);
  AccountBook again = tree();
  again.associations.back().returns = 1;
  log.become(again);
  CHECK(log.billed(in_lab) == 0);
  CHECK(log.billed(lab) == 400);
}

TEST_CASE("where the log does not say that usage stays, it went with its association") {
  TreeLog log;
  log.end(1);
  AccountBook without = tree();
  without.associations.pop_back();
  log.become(without, false);
  CHECK(log.billed(in_lab) == 0);
  CHECK(log.billed(lab) == 0);
}

TEST_CASE("usage is the same wherever the log was cut and read again from a snapshot") {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](std::uint32_t n) { return random() % n; };
    Log log;
    log.add(UsageRulesSet{Seconds(below(2) ? 500 : 0)});
    std::vector<std::uint32_t> running;
    for (std::uint32_t id = 1; id <= 40; ++id) {
      log.now += below(50);
      if (running.size() < 4) {
        log.start(id, 1 + below(2), 1 + below(2));
        running.push_back(id);
      }
      if (below(2) && !running.empty()) {
        const std::size_t at = below(static_cast<std::uint32_t>(running.size()));
        log.end(running[at]);
        running.erase(running.begin() + static_cast<std::ptrdiff_t>(at));
      }
      if (below(8) == 0) log.add(UsageReset{});
    }
    State cut;
    const std::size_t place = below(static_cast<std::uint32_t>(log.records.size()));
    for (std::size_t i = 0; i < log.records.size(); ++i) {
      if (i == place) {
        auto again = decode_snapshot(encode_snapshot({}, cut, {}));
        REQUIRE(again.ok());
        cut = std::move(again->state);
      }
      REQUIRE(apply(cut, log.records[i]).ok());
    }
    const Instant later(log.now + 77);
    CHECK(usage_as_of(cut, later) == usage_as_of(log.state, later));
  }
}
