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
