// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// When a job was suspended, out of its records. A record says how long the job has run and when it was last suspended
// or resumed; what lies between two records that were seen is worked out from the two, so that the time adds up
// although records of one batch may be merged.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/model/job.h"

namespace slurmxx {

// In place of an end that has not come, or a start that has not.
inline constexpr std::int64_t open_end = 9'000'000'000'000;

struct Suspension {
  Instant from;
  Instant to;  // open_end: it lasts
  bool operator==(const Suspension&) const = default;
};
using Suspensions = std::vector<Suspension>;  // one after the other, the oldest first

// `stands`: the job is suspended, or was when it ended.
void note_suspension(Suspensions& known, const JobTimes& times, bool stands);

std::string suspensions_text(const Suspensions& suspensions);  // "100-160,300-": as they are kept in the column
Suspensions suspensions_of(std::string_view text);

// How much of [from, to) the job was suspended.
Seconds suspended_within(const Suspensions& suspensions, Instant from, Instant to);

// Calls with each stretch of [from, to) in which the job was not suspended.
template <class Do>
void each_run(const Suspensions& suspensions, Instant from, Instant to, Do act) {
  for (const Suspension& one : suspensions) {
    if (from >= to) return;
    if (one.from > from) act(from, std::min(one.from, to));
    from = std::max(from, one.to);
  }
  if (from < to) act(from, to);
}

}  // namespace slurmxx
