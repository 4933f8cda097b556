// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/reserve/reserve.h"

#include <doctest/doctest.h>

#include "core/reserve/flags.h"

using namespace slurmxx;

namespace {

constexpr NodeIndex n1(0), n2(1);

Reservation reservation(const std::string& name, std::int64_t start, std::int64_t end, const std::string& flags = "") {
  Reservation r;
  r.name = name;
  r.times = {Instant(start), Instant(end)};
  r.nodes = {n1};
  r.access.users.names = {"alice"};
  REQUIRE(change_flags(r, flags, FlagChange::set).ok());
  return r;
}

JobSpec job_of(const std::string& user, const std::string& asked = "") {
  JobSpec spec;
  spec.owner.user_name = user;
  spec.labels.reservation = asked;
  spec.placement.partitions = {"main"};
  return spec;
}

// "100-200", "200-", "never".
std::string window(const std::vector<Reservation>& all, const JobSpec& spec, NodeIndex node, std::int64_t after = 0) {
  std::vector<const Reservation*> list;
  for (const Reservation& one : all) list.push_back(&one);
  const NodeWindow found = node_window({list, spec, node, Instant(after), Instant(after)});
  if (!found.usable) return "never";
  return std::to_string(found.from.seconds) + "-" + (found.until ? std::to_string(found.until->seconds) : "") +
         (found.may_outlast ? " or beyond" : "");
}

}  // namespace

TEST_CASE("others have a node until it is reserved, and then again") {
  const std::vector all{reservation("r", 100, 200)};
  CHECK(window(all, job_of("bob"), n1) == "0-100");
  CHECK(window(all, job_of("bob"), n1, 150) == "200-");
  CHECK(window(all, job_of("bob"), n2, 150) == "150-");
  CHECK(window(all, job_of("alice"), n1) == "0-100");  // she did not ask for it
}

TEST_CASE("who asks for a reservation runs there while it lasts") {
  const std::vector all{reservation("r", 100, 200)};
  CHECK(window(all, job_of("alice", "r"), n1) == "100-200 or beyond");
  CHECK(window(all, job_of("alice", "r"), n1, 150) == "150-200 or beyond");
  CHECK(window(all, job_of("alice", "r"), n1, 200) == "never");
  CHECK(window(all, job_of("alice", "r"), n2) == "never");
  CHECK(window(all, job_of("bob", "r"), n1) == "never");
  CHECK(window(all, job_of("alice", "x,r"), n1) == "100-200 or beyond");
}

TEST_CASE("nodes kept for one job are that job's alone, and it may go elsewhere") {
  std::vector all{reservation("", 0, 1000)};
  all.front().kept_for = JobId(7);
  JobSpec own = job_of("alice"), stranger = job_of("alice"), in_another = job_of("alice", "r");
  own.policy.expedited = JobId(7);
  CHECK(window(all, own, n1) == "0-");
  CHECK(window(all, own, n2) == "0-");
  CHECK(window(all, stranger, n1) == "1000-");
  CHECK(window(all, stranger, n2) == "0-");
  const std::vector<const Reservation*> list{&all.front()};
  CHECK(reserve_key(list, own) != reserve_key(list, stranger));
  CHECK(is_for(list, own, {n1, Instant(5)}));
  CHECK_FALSE(is_for(list, stranger, {n1, Instant(5)}));
}

TEST_CASE("two reservations, one behind the other, leave no gap") {
  const std::vector all{reservation("a", 100, 200), reservation("b", 200, 300)};
  CHECK(window(all, job_of("bob"), n1, 150) == "300-");
}

TEST_CASE("flags") {
  CHECK(window({reservation("r", 100, 200, "FLEX")}, job_of("alice", "r"), n2) == "0-");
  CHECK(window({reservation("r", 100, 200, "MAGNETIC")}, job_of("alice"), n1, 150) == "150-");
  CHECK(window({reservation("r", 100, 200, "MAGNETIC")}, job_of("bob"), n1, 150) == "200-");
  const std::vector under_repair{reservation("r", 100, 200), reservation("m", 150, 250, "MAINT,OVERLAP")};
  CHECK(window(under_repair, job_of("alice", "r"), n1, 100) == "100-150");
  CHECK(window({reservation("r", 0, 3600, "TIME_FLOAT")}, job_of("bob"), n1, 50) == "3650-");
}

TEST_CASE("what comes again every day") {
  constexpr std::int64_t day = 24 * 3600;
  const std::vector all{reservation("r", 100, 200, "DAILY")};
  CHECK(window(all, job_of("bob"), n1, 250) == "250-" + std::to_string(day + 100));
  CHECK(window(all, job_of("bob"), n1, day + 150) == std::to_string(day + 200) + "-" + std::to_string(2 * day + 100));
  const Reservation weekend = reservation("w", 100, 200, "WEEKEND");  // the clock begins on a Thursday
  CHECK(occurrence(weekend, Instant(0), Instant(0))->start == Instant(2 * day + 100));
  const Reservation weekday = reservation("w", 100, 200, "WEEKDAY");
  CHECK(occurrence(weekday, Instant(2 * day), Instant(0))->start == Instant(4 * day + 100));
}

TEST_CASE("each list must let a job in") {
  Reservation r = reservation("r", 100, 200);
  r.access.accounts = {{"phys"}, false};
  JobSpec spec = job_of("alice");
  CHECK(!lets_in(r, spec));
  spec.labels.account = "phys";
  CHECK(lets_in(r, spec));
  r.access.accounts.denies = true;
  CHECK(!lets_in(r, spec));
}

TEST_CASE("flags as text") {
  Reservation r;
  REQUIRE(change_flags(r, "maint,purge_comp=00:10:00", FlagChange::set).ok());
  CHECK(flags_text(r) == "MAINT,PURGE_COMP=00:10:00");
  REQUIRE(change_flags(r, "OVERLAP", FlagChange::add).ok());
  REQUIRE(change_flags(r, "-maint", FlagChange::set).ok());
  CHECK(flags_text(r) == "OVERLAP,PURGE_COMP=00:10:00");
  CHECK(!change_flags(r, "BOGUS", FlagChange::set).ok());
}
