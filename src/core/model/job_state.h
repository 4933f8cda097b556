// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The states of a job and the one table by which they may change, checked when compiled. states: squeue(1),
// "JOB STATE CODES". COMPLETING is not a state here but a fact (an ended job some of whose nodes have not reported).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace slurmxx {

enum class JobState : std::uint8_t {
  pending = 0,
  running = 1,
  suspended = 2,
  completed = 3,
  cancelled = 4,
  failed = 5,
  timeout = 6,
  node_fail = 7,
  preempted = 8,
  boot_fail = 9,
  deadline = 10,
  out_of_memory = 11,
};

constexpr bool is_ended(JobState s) { return s >= JobState::completed; }
std::string_view state_name(JobState s);   // "PENDING"
std::string_view state_short(JobState s);  // "PD"

enum class JobEventKind : std::uint8_t { started, ended, requeued, suspended, resumed };

struct JobTransition {
  JobState from;
  JobEventKind event;
  std::optional<JobState> to;  // absent: the event names the end state
};

inline constexpr std::array job_transitions{
    JobTransition{JobState::pending, JobEventKind::started, JobState::running},
    JobTransition{JobState::pending, JobEventKind::ended, {}},  // cancelled before it ran
    JobTransition{JobState::running, JobEventKind::ended, {}},
    JobTransition{JobState::running, JobEventKind::requeued, JobState::pending},
    JobTransition{JobState::running, JobEventKind::suspended, JobState::suspended},
    JobTransition{JobState::suspended, JobEventKind::resumed, JobState::running},
    JobTransition{JobState::suspended, JobEventKind::ended, {}},
    JobTransition{JobState::suspended, JobEventKind::requeued, JobState::pending},
    // An ended job can go back to the queue: scontrol requeue of a finished batch job.
    JobTransition{JobState::completed, JobEventKind::requeued, JobState::pending},
    JobTransition{JobState::cancelled, JobEventKind::requeued, JobState::pending},
    JobTransition{JobState::failed, JobEventKind::requeued, JobState::pending},
    JobTransition{JobState::timeout, JobEventKind::requeued, JobState::pending},
    JobTransition{JobState::node_fail, JobEventKind::requeued, JobState::pending},
    JobTransition{JobState::out_of_memory, JobEventKind::requeued, JobState::pending},
};

constexpr bool may(JobState from, JobEventKind event) {
  for (const JobTransition& t : job_transitions)
    if (t.from == from && t.event == event) return true;
  return false;
}

static_assert(!may(JobState::completed, JobEventKind::started), "a finished job starts only through the queue");
static_assert(!may(JobState::pending, JobEventKind::requeued));
static_assert(may(JobState::running, JobEventKind::ended));

}  // namespace slurmxx
