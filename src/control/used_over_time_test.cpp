// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/used_over_time.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "control/accounted_fixture.h"

using namespace slurmxx;
using namespace slurmxx::testing;

namespace {

constexpr std::uint32_t account_count = 1000, users_of_account = 4, jobs = 600;

// Accounts in groups of ten, each with an account above, and users in each; a partition of its own for some.
AccountBook wide_book() {
  AccountBook book = register_cluster(first_book(), {"test", "head", 6817, 11776, {}}, Instant(1)).book;
  const auto add = [&](const std::string& account, const std::string& parent, const std::string& user) {
    Association row;
    row.id = book.next_association++;
    row.cluster = "test";
    row.account = account;
    row.parent = parent;
    row.user = user;
    put(book.associations, row);
  };
  for (std::uint32_t i = 0; i < account_count; ++i) {
    const std::string account = fmt::format("a{}", i);
    add(account, i % 10 == 0 ? "root" : fmt::format("a{}", i - i % 10), "");
    for (std::uint32_t k = 0; k < users_of_account; ++k) add(account, "", fmt::format("u{}", i * users_of_account + k));
  }
  return book;
}

// Jobs of all of them have ended, and some run.
State used_state(const AccountBook& book) {
  State state;
  std::int64_t now = 1000;
  const auto add = [&](Event event) {
    REQUIRE(apply(state, {LogPosition(state.position().value + 1), Instant(now), RequestId(), std::move(event)}).ok());
  };
  ClusterConfigured configured;
  ClusterConfigured::NodeRow row;
  row.name = "n1";
  row.shape.cpus = 4000;
  row.shape.memory = MebiBytes(8'000'000);
  configured.nodes.push_back(row);
  add(configured);
  add(AccountsChanged{difference({}, book), true});
  add(UsageRulesSet{Seconds(7200)});
  const auto start = [&](std::uint32_t id, std::uint32_t association) {
    add(JobSubmitted{JobId(id), std::make_shared<const JobSpec>(), Hold::none});
    Allocation allocation{"main", {{NodeIndex(0), 1 + id % 3, MebiBytes(100), {}}}, false};
    allocation.charge = Charge{association, 1, 0, 2};
    add(JobStarted{JobId(id), allocation, std::nullopt});
  };
  std::uint32_t id = 1;
  for (const Association& one : book.associations) {
    if (!one.is_user()) continue;
    start(id, one.id);
    now += 7;
    add(JobEnded{JobId(id), JobState::completed, {}, ""});
    add(JobLeftNode{JobId(id), NodeIndex(0)});
    add(JobPurged{JobId(id++)});
  }
  for (std::uint32_t i = 0; i < jobs; ++i) start(id++, book.associations[5 + i * 3 % 4000].id);
  return state;
}

}  // namespace

TEST_CASE("what one has used over time is the same whether all are summed up or he alone") {
  const auto book = std::make_shared<const AccountBook>(wide_book());
  const Directory directory(book);
  const State state = used_state(*book);
  std::set<JobId> running;
  state.jobs().for_each([&](std::uint64_t, const Job& job) { running.insert(job.id); });
  REQUIRE(running.size() == jobs);
  const Instant at = state.at() + Seconds(500);
  const UsedTable all = used_by_holder(directory, usage_as_of(state, at, &running));
  const UsedOverTime alone(directory, state, at, running);
  CHECK(all.size() > 5000);
  for (const auto& [holder, amount] : all) {
    const UsageAmount own = alone.used(holder);
    REQUIRE(own.wall == doctest::Approx(amount.wall));
    REQUIRE(own.of("cpu") == doctest::Approx(amount.of("cpu")));
    REQUIRE(own.of("mem") == doctest::Approx(amount.of("mem")));
    REQUIRE(own.billing() == doctest::Approx(amount.billing()));
  }
  CHECK(alone.used({HolderKind::user_in_qos, 1, "u1"}).wall == 0);
}

TEST_CASE("limits of what is used over time are looked for where they are set") {
  AccountBook book = wide_book();
  CHECK(limited_over_time(book).empty());
  book.associations[7].limits.set(LimitKind::grp_wall, 30);
  book.qos.front().limits.set(LimitKind::grp_tres_mins, TresCounts{{"cpu", 7}});
  CHECK(limited_over_time(book) == std::set<Holder>{{HolderKind::qos, book.qos.front().id, ""},
                                                    {HolderKind::association, book.associations[7].id, ""}});
}
