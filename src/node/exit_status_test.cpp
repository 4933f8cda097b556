// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Statuses as Linux encodes them: exit code in the second byte, signal in the first.
#include <doctest/doctest.h>

#include "node/exit_status.h"

using namespace slurmxx;

namespace {
constexpr int exited(int code) { return code << 8; }
constexpr int core_dumped = 0x80;
}  // namespace

TEST_CASE("exit status: zero completes, anything else fails, a signal is told apart from a status") {
  CHECK(job_end_of(exited(0), {}) == JobEnd{JobState::completed, {0, 0}});
  CHECK(job_end_of(exited(3), {}) == JobEnd{JobState::failed, {3, 0}});
  CHECK(job_end_of(exited(255), {}) == JobEnd{JobState::failed, {255, 0}});
  CHECK(job_end_of(9, {}) == JobEnd{JobState::failed, {0, 9}});
  CHECK(job_end_of(11 | core_dumped, {}) == JobEnd{JobState::failed, {0, 11}});
}

TEST_CASE("exit status: the time limit and the memory limit name the end state") {
  CHECK(job_end_of(15, {.time_limit_struck = true}) == JobEnd{JobState::timeout, {0, 15}});
  CHECK(job_end_of(exited(0), {.time_limit_struck = true}) == JobEnd{JobState::timeout, {0, 0}});
  CHECK(job_end_of(exited(1), {.out_of_memory = true}) == JobEnd{JobState::out_of_memory, {0, 125}});
  CHECK(job_end_of(9, {.out_of_memory = true, .time_limit_struck = true}).state == JobState::out_of_memory);
}
