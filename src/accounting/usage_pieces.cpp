// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "accounting/usage_pieces.h"

#include <algorithm>

#include "accounting/rollup.h"

namespace slurmxx {

std::vector<UsagePiece> pieces_of(Instant from, Instant to, std::optional<Instant> rolled,
                                  const std::set<Instant>& touched) {
  using From = UsagePiece::From;
  std::vector<UsagePiece> pieces;
  const Instant usable = rolled ? std::min(*rolled, to) : from;  // roll-ups reach up to here
  const auto is_whole = [&](Instant begin, Instant end) {
    const auto first = touched.lower_bound(begin);
    return end <= usable && (first == touched.end() || *first >= end);
  };
  for (Instant at = from; at < to;) {
    UsagePiece next{From::rows, at, to};
    const Instant hour_end = hour_of(at) + Seconds(seconds_in_hour);
    if (at == month_of(at) && is_whole(at, next_month(at)))
      next = {From::months, at, next_month(at)};
    else if (at == day_of(at) && is_whole(at, at + Seconds(seconds_in_day)))
      next = {From::days, at, at + Seconds(seconds_in_day)};
    else if (at == hour_of(at) && is_whole(at, hour_end))
      next = {From::hours, at, hour_end};
    else if (at < usable)
      next.to = std::min(to, hour_end);
    at = next.to;
    if (!pieces.empty() && pieces.back().source == next.source)
      pieces.back().to = next.to;
    else
      pieces.push_back(next);
  }
  return pieces;
}

}  // namespace slurmxx
