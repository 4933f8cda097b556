// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/accounting/order.h"
#include "daemons/slurmdbd/dbd_fixture.h"

namespace slurmxx {
namespace {

struct Busy : DbdFixture {
  DbdBookOutcome order(BookVerb verb, Entity entity, std::vector<std::string> words) {
    const auto parsed = parse_order(verb, entity, words);
    REQUIRE(parsed);
    return std::get<DbdBookOutcome>(ask(DbdBookOrder{*parsed, true}));
  }
  void job(std::uint32_t id, const char* user, std::optional<Instant> ended) { job_of({id, user}, ended); }
  void job_of(JobFacts facts, std::optional<Instant> ended) {
    facts.times.submitted = facts.times.eligible.emplace(100);
    facts.times.ended = ended;
    if (ended) facts.state = JobState::cancelled;
    take({record_of(facts)});
  }
};

TEST_CASE_FIXTURE(Busy, "what jobs that are not over are charged to is not deleted") {
  take({ClusterRecord{"head", 6817, "cpu=4", "n1", {}, Instant(10)}});
  REQUIRE(order(BookVerb::add, Entity::cluster, {"c"}).changes);
  REQUIRE(order(BookVerb::add, Entity::account, {"phys"}).changes);
  REQUIRE(order(BookVerb::add, Entity::user, {"alice", "account=phys"}).changes);
  REQUIRE(order(BookVerb::add, Entity::user, {"bob", "account=phys"}).changes);
  job(19, "alice", std::nullopt);
  job(20, "bob", Instant(200));
  const std::string refusal =
      " Error with request: Job(s) active, cancel job(s) before remove\n"
      "  JobID = 19         C = c          A = phys       U = alice    \n";
  for (const auto& [entity, name] : {std::pair(Entity::user, "alice"), std::pair(Entity::account, "phys")}) {
    const DbdBookOutcome refused = order(BookVerb::remove, entity, {name});
    CHECK(refused.err == refusal);
    CHECK(refused.exit_code == 1);
    CHECK_FALSE(refused.changes);
  }
  CHECK(order(BookVerb::remove, Entity::user, {"bob"}).changes);
  job(19, "alice", Instant(300));
  CHECK(order(BookVerb::remove, Entity::account, {"phys"}).changes);
}

TEST_CASE_FIXTURE(Busy, "a QOS that jobs have goes with a word about them") {
  take({ClusterRecord{"head", 6817, "cpu=4", "n1", {}, Instant(10)}});
  REQUIRE(order(BookVerb::add, Entity::cluster, {"c"}).changes);
  REQUIRE(order(BookVerb::add, Entity::qos, {"gold,silver,lead"}).changes);
  job_of({.id = 1, .qos = "gold"}, std::nullopt);
  job_of({.id = 2, .qos = "gold"}, std::nullopt);
  JobFacts running{.id = 3, .qos = "gold"};
  running.times.started.emplace(150);
  running.state = JobState::running;
  job_of(running, std::nullopt);
  job_of({.id = 4, .qos = "silver"}, Instant(200));
  job_of({.id = 5, .qos = "lead"}, std::nullopt);
  CHECK(order(BookVerb::remove, Entity::qos, {"silver"}).err.empty());
  const DbdBookOutcome gone = order(BookVerb::remove, Entity::qos, {"gold"});
  CHECK(gone.changes);
  CHECK(gone.exit_code == 0);
  CHECK(gone.err ==
        " Job(s) active with QOS that are removed: those that wait will not start (InvalidQOS) until they get another\n"
        "  QOS = gold       C = c          Running = 1      Pending = 2\n");
}

}  // namespace
}  // namespace slurmxx
