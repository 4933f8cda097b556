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

std::vector<std::uint32_t> UnitLoads::open(const ShareTerms& terms, std::uint32_t jobs, UnitLayout layout) const {
  std::vector<std::uint32_t> units;
  for (std::uint32_t unit = 0; unit < loads_.size(); ++unit)
    if (is_open(unit, terms, jobs)) units.push_back(unit);
  if (jobs == 0 && terms.by_socket()) cut_to_sockets(units, terms, layout);
  return units;
}

// Whether somebody has a unit of it; those of the system are nobody's.
bool UnitLoads::has_other(std::uint32_t socket, UnitLayout layout) const {
  const std::size_t end = std::min<std::size_t>(loads_.size(), std::size_t{socket + 1} * layout.per_socket);
  for (std::size_t unit = std::size_t{socket} * layout.per_socket; unit < end; ++unit)
    if (loads_[unit].jobs > 0 && loads_[unit].group != 0) return true;
  return false;
}

std::uint32_t UnitLoads::taken_by(std::uint32_t group, std::uint32_t socket, UnitLayout layout) const {
  const std::size_t end = std::min<std::size_t>(loads_.size(), std::size_t{socket + 1} * layout.per_socket);
  std::uint32_t count = 0;
  for (std::size_t unit = std::size_t{socket} * layout.per_socket; unit < end; ++unit) {
    const std::uint32_t owner = loads_[unit].group & ~alone;
    if (loads_[unit].jobs > 0 && (owner == group || owner == any_group)) ++count;
  }
  return count;
}

void UnitLoads::cut_to_sockets(std::vector<std::uint32_t>& idle, const ShareTerms& terms, UnitLayout layout) const {
  const std::uint32_t most = terms.cpus_per_socket > 0 ? terms.cpus_per_socket / layout.cpus : UINT32_MAX;
  std::uint32_t socket = UINT32_MAX, left = 0;
  std::erase_if(idle, [&](std::uint32_t unit) {
    if (unit / layout.per_socket != socket) {
      socket = unit / layout.per_socket;
      const std::uint32_t taken = most == UINT32_MAX ? 0 : taken_by(terms.group, socket, layout);
      left = terms.whole_sockets && has_other(socket, layout) ? 0 : most - std::min(most, taken);
    }
    return left == 0 || left-- == 0;
  });
}

std::uint32_t UnitLoads::open_to(const ShareTerms& terms, UnitLayout layout) const {
  if (terms.by_socket()) {
    std::size_t count = 0;
    for (std::uint32_t jobs = 0; jobs < terms.most; ++jobs) count += open(terms, jobs, layout).size();
    return static_cast<std::uint32_t>(count);
  }
  std::uint32_t count = 0;
  for (std::uint32_t unit = 0; unit < loads_.size(); ++unit) count += is_open(unit, terms, loads_[unit].jobs) ? 1 : 0;
  return count;
}

// Who takes what another has without sharing it (a job that was resumed) closes it.
void UnitLoads::take(std::span<const std::uint32_t> units, const ShareTerms& terms) {
  const std::uint32_t group = terms.shares() ? terms.group : terms.group | alone;
  for (const std::uint32_t unit : units) {
    if (unit >= loads_.size()) continue;
    Load& load = loads_[unit];
    if (load.jobs == 0)
      load = {group, 1};
    else if (load.group != group || !terms.shares())
      close(unit);
    else
      ++load.jobs;
  }
}

// One that suffices, else the first.
std::vector<std::uint32_t> UnitLoads::pick_sockets(std::uint32_t count, const ShareTerms& terms,
                                                   UnitLayout layout) const {
  const std::vector<std::uint32_t> idle = open(terms, 0, layout);
  const auto end_of = [&](std::size_t first) {
    std::size_t end = first;
    while (end < idle.size() && idle[end] / layout.per_socket == idle[first] / layout.per_socket) ++end;
    return end;
  };
  std::vector<std::uint32_t> units;
  for (std::size_t first = 0; first < idle.size() && units.size() < count; first = end_of(first)) {
    const auto begin = idle.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end = idle.begin() + static_cast<std::ptrdiff_t>(end_of(first));
    if (static_cast<std::size_t>(end - begin) >= count) return {begin, end};
    units.insert(units.end(), begin, end);
  }
  return units;
}

std::vector<std::uint32_t> UnitLoads::pick(std::uint32_t count, const ShareTerms& terms, UnitLayout layout) const {
  if (count == 0) return {};
  if (terms.whole_sockets && !terms.shares()) return pick_sockets(count, terms, layout);
  std::vector<std::uint32_t> units;
  for (std::uint32_t jobs = 0; jobs < terms.most && units.size() < count; ++jobs)
    for (const std::uint32_t unit : open(terms, jobs, layout))
      if (units.size() < count) units.push_back(unit);
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
