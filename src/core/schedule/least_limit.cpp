// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/least_limit.h"

#include <algorithm>

namespace slurmxx {
namespace {

Search::Request lasting(Search::Request request, std::int64_t minutes) {
  request.length = static_cast<Moment>(std::clamp<std::int64_t>(to_seconds(Minutes(minutes)).value, 1, forever));
  return request;
}

}  // namespace

std::optional<Search::Request> with_least_limit(const Search::Request& request) {
  const auto& least = request.spec->times.limit_min;
  if (!least || least->unlimited || to_seconds(least->value).value >= request.length) return {};
  return lasting(request, least->value.value);
}

std::optional<TimeLimit> start_shortened(Search& search, Search::Request& request, Moment horizon,
                                         std::variant<Allocation, std::optional<Slot>>& found) {
  if (!with_least_limit(request)) return {};
  const auto goes_now = [&](std::int64_t minutes) {
    const auto slot = search.earliest(lasting(request, minutes), 0, 0);
    return slot && slot->start == 0;
  };
  std::int64_t low = request.spec->times.limit_min->value.value;
  if (!goes_now(low)) return {};
  std::int64_t high = std::min<std::int64_t>(request.length / 60, horizon / 60 + low);
  while (low < high) {
    const std::int64_t middle = low + (high - low + 1) / 2;
    if (goes_now(middle))
      low = middle;
    else
      high = middle - 1;
  }
  const Search::Request chosen = lasting(request, low);
  auto placed = search.place_job(chosen, 0);
  if (!std::holds_alternative<Allocation>(placed)) return {};
  found = std::move(placed);
  request = chosen;
  return TimeLimit::of(Minutes(low));
}

}  // namespace slurmxx
