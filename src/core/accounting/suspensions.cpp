// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/accounting/suspensions.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/text/words.h"

namespace slurmxx {

void note_suspension(Suspensions& known, const JobTimes& times, bool stands) {
  if (!times.started || !times.suspended) return known.clear();
  const Instant at = *times.suspended;
  if (stands && !known.empty() && known.back().from == at) known.pop_back();
  std::int64_t left = (at - *times.started).value - times.ran_before.value;  // of all that it was suspended by then
  const bool open = !known.empty() && known.back().to.seconds == open_end;
  for (const Suspension& one : known)
    if (one.to.seconds != open_end) left -= (one.to - one.from).value;
  left = std::max<std::int64_t>(0, left);
  if (open)
    known.back().to = known.back().from + Seconds(left);
  else if (left > 0)
    known.push_back({at - Seconds(left), at});
  if (stands) known.push_back({at, times.ended.value_or(Instant(open_end))});
}

std::string suspensions_text(const Suspensions& suspensions) {
  std::string text;
  for (const Suspension& one : suspensions) {
    text += fmt::format("{}{}-", text.empty() ? "" : ",", one.from.seconds);
    if (one.to.seconds != open_end) text += std::to_string(one.to.seconds);
  }
  return text;
}

Suspensions suspensions_of(std::string_view text) {
  Suspensions suspensions;
  for (const std::string_view part : split_commas(text)) {
    const auto pair = split_once(part, '-');
    if (!pair) continue;
    const auto from = parse_natural(pair->first);
    const auto to = parse_natural(pair->second);
    if (from)
      suspensions.push_back(
          {Instant(static_cast<std::int64_t>(*from)), Instant(to ? static_cast<std::int64_t>(*to) : open_end)});
  }
  return suspensions;
}

Seconds suspended_within(const Suspensions& suspensions, Instant from, Instant to) {
  Seconds sum;
  for (const Suspension& one : suspensions)
    sum = sum + std::max(Seconds(0), std::min(one.to, to) - std::max(one.from, from));
  return sum;
}

}  // namespace slurmxx
