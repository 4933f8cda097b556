// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/accounting/tres_use.h"

#include <algorithm>

namespace slurmxx {
namespace {

constexpr std::int64_t hour = 3600;

}  // namespace

TresHours::TresHours(Instant start, Instant end) : start_(start), end_(std::max(start, end)) {
  hours_.resize(static_cast<std::size_t>((end_.seconds - start_.seconds + hour - 1) / hour));
}

void TresHours::add(Kind kind, Instant from, Instant to, std::uint64_t count) {
  std::int64_t at = std::max(from, start_).seconds - start_.seconds;
  const std::int64_t stop = std::min(to, end_).seconds - start_.seconds;
  while (at < stop) {
    const std::int64_t next = std::min(stop, (at / hour + 1) * hour);
    hours_[static_cast<std::size_t>(at / hour)].by_kind[static_cast<std::size_t>(kind)] +=
        static_cast<std::uint64_t>(next - at) * count;
    at = next;
  }
}

TresUse TresHours::sum() const {
  TresUse sum;
  for (const Hour& one : hours_) {
    const auto [total, allocated, down, wanted] = one.by_kind;
    std::uint64_t left = total;
    const auto take = [&](std::uint64_t amount) {
      const std::uint64_t taken = std::min(amount, left);
      left -= taken;
      return taken;
    };
    sum.total += total;
    sum.allocated += take(allocated);
    sum.down += take(down);
    const std::uint64_t planned = take(wanted);
    sum.planned += planned;
    sum.overcommitted += wanted - planned;
  }
  return sum;
}

}  // namespace slurmxx
