// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/accounting/tres_use.h"

#include <algorithm>

namespace slurmxx {
namespace {

constexpr std::int64_t hour = 3600;

std::int64_t hour_number(std::int64_t seconds) { return (seconds - (seconds < 0 ? hour - 1 : 0)) / hour; }

}  // namespace

TresUse& TresUse::operator+=(const TresUse& more) {
  total += more.total;
  allocated += more.allocated;
  down += more.down;
  planned_down += more.planned_down;
  planned += more.planned;
  overcommitted += more.overcommitted;
  return *this;
}

TresHours::TresHours(Instant start, Instant end) : start_(start), end_(std::max(start, end)) {
  if (start_ < end_) hours_.resize(index(Instant(end_.seconds - 1)) + 1);
}

std::size_t TresHours::index(Instant at) const {
  return static_cast<std::size_t>(hour_number(at.seconds) - hour_number(start_.seconds));
}

void TresHours::add(Kind kind, Instant from, Instant to, std::uint64_t count) {
  std::int64_t at = std::max(from, start_).seconds;
  const std::int64_t stop = std::min(to, end_).seconds;
  while (at < stop) {
    const std::int64_t next = std::min(stop, (hour_number(at) + 1) * hour);
    hours_[index(Instant(at))].by_kind[static_cast<std::size_t>(kind)] += static_cast<std::uint64_t>(next - at) * count;
    at = next;
  }
}

void TresHours::add_amount(Kind kind, Instant hour, std::uint64_t amount) {
  hours_.at(index(std::max(hour, start_))).by_kind[static_cast<std::size_t>(kind)] += amount;
}

TresUse TresHours::use_of(const Hour& one) {
  const auto [total, allocated, down, wanted, planned_down] = one.by_kind;
  std::uint64_t left = total;
  const auto take = [&](std::uint64_t amount) {
    const std::uint64_t taken = std::min(amount, left);
    left -= taken;
    return taken;
  };
  TresUse use;
  use.total = total;
  use.allocated = take(allocated);
  use.down = take(down);
  use.planned_down = take(planned_down);
  use.planned = take(wanted);
  use.overcommitted = wanted - use.planned;
  return use;
}

TresUse TresHours::sum() const {
  TresUse sum;
  for (const Hour& one : hours_) sum += use_of(one);
  return sum;
}

TresUse TresHours::of_hour(Instant start) const { return use_of(hours_.at(index(start))); }

}  // namespace slurmxx
