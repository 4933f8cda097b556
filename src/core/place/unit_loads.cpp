// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/place/unit_loads.h"

#include <algorithm>

#include "base/check.h"

namespace slurmxx {

std::uint32_t UnitLoads::idle() const {
  const auto is_idle = [](const Load& load) { return load.jobs == 0; };
  return static_cast<std::uint32_t>(std::count_if(loads_.begin(), loads_.end(), is_idle));
}

bool UnitLoads::is_open(std::uint32_t unit, const ShareTerms& terms, std::uint32_t jobs) const {
  const Load& load = loads_[unit];
  if (load.jobs != jobs) return false;
  return jobs == 0 || (terms.shares() && load.group == terms.group && jobs < terms.most);
}

std::uint32_t UnitLoads::open_to(const ShareTerms& terms) const {
  std::uint32_t count = 0;
  for (std::uint32_t unit = 0; unit < loads_.size(); ++unit) count += is_open(unit, terms, loads_[unit].jobs) ? 1 : 0;
  return count;
}

// Who takes what another has without sharing it (a job that was resumed) closes it.
void UnitLoads::take(std::span<const std::uint32_t> units, const ShareTerms& terms) {
  const std::uint32_t group = terms.shares() ? terms.group : 0;
  for (const std::uint32_t unit : units) {
    if (unit >= loads_.size()) continue;
    Load& load = loads_[unit];
    if (load.jobs == 0)
      load = {group, 1};
    else if (load.group != group || group == 0)
      close(unit);
    else
      ++load.jobs;
  }
}

std::vector<std::uint32_t> UnitLoads::pick(std::uint32_t count, const ShareTerms& terms) const {
  std::vector<std::uint32_t> units;
  for (std::uint32_t jobs = 0; jobs < terms.most && units.size() < count; ++jobs)
    for (std::uint32_t unit = 0; unit < loads_.size() && units.size() < count; ++unit)
      if (is_open(unit, terms, jobs)) units.push_back(unit);
  std::sort(units.begin(), units.end());
  return units;
}

void UnitLoads::narrow(const UnitLoads& other) {
  SLURMXX_CHECK(loads_.size() == other.loads_.size());
  for (std::uint32_t unit = 0; unit < loads_.size(); ++unit) {
    const Load& there = other.loads_[unit];
    Load& load = loads_[unit];
    if (there.jobs == 0) continue;
    if (load.jobs == 0)
      load = there;
    else if (load.group != there.group)
      close(unit);
    else
      load.jobs = std::max(load.jobs, there.jobs);
  }
}

}  // namespace slurmxx
