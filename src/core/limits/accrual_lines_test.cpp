// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "core/limits/accrual_lines.h"

using namespace slurmxx;

namespace {

AccrualLines::Kind of(std::uint32_t user) { return {{{HolderKind::association, user, ""}}, 1}; }

}  // namespace

TEST_CASE("one job of a line is looked at, however many wait") {
  AccrualLines lines;
  constexpr std::uint32_t jobs = 100'000, users = 4, room = 10;
  for (std::uint32_t id = 1; id <= jobs; ++id) lines.note(JobId(id), of(id % users), false);
  std::map<std::uint32_t, std::uint32_t> growing;
  for (std::uint32_t id = 1; id <= jobs; ++id) ++growing[id % users];
  std::uint32_t asked = 0;
  const auto stops = [&](JobId id) {
    ++asked;
    std::uint32_t& count = growing[id.value % users];
    if (count <= room) return false;
    --count;
    lines.note(id, of(id.value % users), true);
    return true;
  };
  stop_from_the_end(lines, stops);
  CHECK(asked == jobs - room * users + users);  // each that stops, and one a line that may go on
  CHECK(lines.all().at(of(1)).growing.size() == room);
  CHECK(*lines.all().at(of(1)).growing.rbegin() == JobId(37));  // the first ten of the line
  asked = 0;
  stop_from_the_end(lines, stops);
  CHECK(asked == users);
  lines.forget(JobId(1));  // it starts
  --growing[1];
  std::vector<std::uint32_t> started;
  asked = 0;
  start_from_the_front(lines, [&](JobId id) {
    ++asked;
    std::uint32_t& count = growing[id.value % users];
    if (count >= room) return false;
    ++count;
    lines.note(id, of(id.value % users), false);
    started.push_back(id.value);
    return true;
  });
  CHECK(started == std::vector<std::uint32_t>{41});
  CHECK(asked == users + 1);
  CHECK(lines.size() == jobs - 1);
}

TEST_CASE("a job that changes its line leaves the one before") {
  AccrualLines lines;
  lines.note(JobId(1), of(1), false);
  lines.note(JobId(1), of(2), true);
  CHECK((lines.all().at(of(1)).growing.empty() && lines.all().at(of(2)).held.contains(JobId(1))));
  lines.drop_empty();
  CHECK(lines.all().size() == 1);
  lines.forget(JobId(1));
  lines.forget(JobId(1));
  lines.drop_empty();
  CHECK((lines.all().empty() && lines.size() == 0));
}
