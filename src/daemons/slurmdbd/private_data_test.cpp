// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include <tuple>

#include <fmt/format.h>

#include "daemons/slurmdbd/dbd_fixture.h"

namespace slurmxx {
namespace {

struct Private : DbdFixture {
  Private() {
    ask(DbdRegister{"head", 6817, 1, {}});
    for (const std::vector<std::string>& words :
         std::vector<std::vector<std::string>>{{"phys"}, {"theo", "parent=phys"}, {"chem"}})
      order(Entity::account, words);
    order(Entity::user, {"alice", "account=theo"});
    order(Entity::user, {"bob", "account=chem"});
    order(Entity::user, {"olga", "account=chem", "adminlevel=operator"});
    config.identity.private_data = {"accounts", "users", "events", "jobs"};
  }
  void order(Entity entity, const std::vector<std::string>& words) {
    const auto parsed = parse_order(BookVerb::add, entity, words);
    REQUIRE(parsed);
    REQUIRE(std::get<DbdBookOutcome>(ask(DbdBookOrder{*parsed, true})).exit_code == 0);
  }
  void become(const std::string& name) { caller = {Uid(1001), Gid(1001), name, "c", false}; }
  std::string seen() {
    std::string text;
    const DbdBook shown = std::get<DbdBook>(ask(DbdBookRequest{"", false, false}));
    for (const Association& row : shown.book.associations)
      text += row.account + (row.user.empty() ? "" : "/" + row.user) + " ";
    return text;
  }
};

TEST_CASE_FIXTURE(Private, "PrivateData: a user sees himself and the accounts above him, an operator all") {
  become("alice");
  CHECK(seen() == "root phys theo theo/alice ");
  CHECK(std::get<DbdError>(ask(EventsQuery{})).code == Errc::access_denied);
  become("olga");
  CHECK(seen().find("theo/alice") != std::string::npos);
  CHECK(std::holds_alternative<EventList>(ask(EventsQuery{})));
  config.identity.private_data.clear();
  become("alice");
  CHECK(std::holds_alternative<EventList>(ask(EventsQuery{})));
}

TEST_CASE_FIXTURE(Private, "wckeys and what they used are for operators; others see their own in the book") {
  for (const char* user : {"alice", "bob"}) order(Entity::wckey, {"secret", std::string("user=") + user});
  const auto owners = [&] {
    std::string text;
    const DbdBook shown = std::get<DbdBook>(ask(DbdBookRequest{"", false, false}));
    for (const WcKeyRow& row : shown.book.wckeys) text += row.user + " ";
    return text;
  };
  become("alice");
  CHECK(owners() == "alice ");
  become("olga");
  CHECK(owners() == "alice bob ");
  config.identity.private_data.clear();
  DbdBookRequest keys;
  keys.for_wckeys = true;
  UsageQuery used;
  used.end = Instant(3600);
  used.by_wckey = true;
  CHECK(std::holds_alternative<DbdBook>(ask(keys)));
  CHECK(std::holds_alternative<UsageSummary>(ask(used)));
  become("alice");
  CHECK(owners() == "alice ");
  CHECK(std::get<DbdError>(ask(keys)).code == Errc::access_denied);
  CHECK(std::get<DbdError>(ask(used)).code == Errc::access_denied);
  used.by_wckey = false;
  CHECK(std::holds_alternative<UsageSummary>(ask(used)));
}

TEST_CASE_FIXTURE(Private,
                  "PrivateData: reservations are for operators, and transactions where they would name others") {
  become("alice");
  CHECK(std::holds_alternative<ReservedList>(ask(ReservationsQuery{})));
  CHECK(std::get<DbdError>(ask(DbdBookRequest{"", true, false})).code == Errc::access_denied);
  config.identity.private_data = {"reservations"};
  CHECK(std::get<DbdError>(ask(ReservationsQuery{})).code == Errc::access_denied);
  CHECK(!std::get<DbdBook>(ask(DbdBookRequest{"", true, false})).transactions.empty());
  become("olga");
  CHECK(std::holds_alternative<ReservedList>(ask(ReservationsQuery{})));
}

TEST_CASE_FIXTURE(Private, "problems of the book are for operators and coordinators") {
  config.identity.private_data.clear();
  const DbdBookRequest problems{"", false, false, true};
  become("alice");
  CHECK(std::get<DbdError>(ask(problems)).code == Errc::access_denied);
  become("olga");
  CHECK(std::holds_alternative<DbdBook>(ask(problems)));
  become("root");
  caller.trusted = true;
  order(Entity::coordinator, {"account=theo", "names=alice"});
  become("alice");
  CHECK(std::holds_alternative<DbdBook>(ask(problems)));
}

TEST_CASE_FIXTURE(Private, "PrivateData: a coordinator sees jobs and usage of his accounts and of those below") {
  config.identity.private_data = {"jobs", "usage"};
  take({ClusterRecord{"head", 6817, "cpu=4", "n1", {}, Instant(10)}});
  for (const auto& [id, user, account] : {std::tuple(1, "alice", "theo"), std::tuple(2, "bob", "chem")}) {
    JobFacts job{static_cast<std::uint32_t>(id), user, account};
    job.times.submitted = job.times.eligible.emplace(100);
    job.times.started = Instant(200);
    job.times.ended = Instant(300);
    job.state = JobState::completed;
    take({record_of(job)});
  }
  order(Entity::user, {"cora", "account=chem"});
  order(Entity::coordinator, {"account=phys", "names=cora"});
  const auto seen_by = [&](const char* name) {
    become(name);
    JobsQuery jobs;
    jobs.end = Instant(1000);
    UsageQuery usage;
    usage.end = Instant(1000);
    usage.tres = {"cpu"};
    std::string text = fmt::format("{} jobs", std::get<JobsPage>(ask(jobs)).jobs.size());
    const UsageSummary used = std::get<UsageSummary>(ask(usage));
    for (const UsedRow& row : used.rows) text += " " + row.account;
    return text;
  };
  CHECK(seen_by("bob") == "0 jobs");  // of another uid
  CHECK(seen_by("cora") == "1 jobs theo");
  CHECK(seen_by("olga") == "2 jobs chem theo");
}

TEST_CASE_FIXTURE(Private, "usage of jobs that had one of the nodes") {
  take({ClusterRecord{"head", 6817, "cpu=4", "n[1-4]", {}, Instant(10)}});
  for (const auto& [id, user, nodes] : {std::tuple(1, "alice", "n[1-2]"), std::tuple(2, "bob", "n[2-3]")}) {
    JobFacts job{static_cast<std::uint32_t>(id), user, "phys"};
    job.times.submitted = job.times.eligible.emplace(100);
    job.times.started = Instant(200);
    job.times.ended = Instant(300);
    job.state = JobState::completed;
    JobRecord record = record_of(job);
    record.view.nodes = nodes;
    take({record});
  }
  const auto used_on = [&](const std::vector<std::string>& nodes) {
    UsageQuery usage;
    usage.end = Instant(1000);
    usage.tres = {"cpu"};
    usage.nodes = nodes;
    std::string text;
    const UsageSummary used = std::get<UsageSummary>(ask(usage));
    for (const UsedRow& row : used.rows) text += row.user + " ";
    return text;
  };
  CHECK(used_on({}) == "alice bob ");
  CHECK(used_on({"n1"}) == "alice ");
  CHECK(used_on({"n2"}) == "alice bob ");
  CHECK(used_on({"n4", "n3"}) == "bob ");
  CHECK(used_on({"n4"}).empty());
}

}  // namespace
}  // namespace slurmxx
