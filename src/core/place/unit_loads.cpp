// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/place/unit_loads.h"

#include <algorithm>

#include "base/check.h"

namespace slurmxx {

std::span<const UnitLoads::Load> UnitLoads::of(std::uint32_t unit) const {
  const auto found = std::ranges::equal_range(loads_, unit, {}, &Load::unit);
  return {found.begin(), found.end()};
}

std::span<const UnitLoads::Load> UnitLoads::of_socket(std::uint32_t socket, UnitLayout layout) const {
  const std::uint32_t first = socket * layout.per_socket;
  const auto begin = std::ranges::lower_bound(loads_, first, {}, &Load::unit);
  return {begin, std::ranges::lower_bound(loads_, first + layout.per_socket, {}, &Load::unit)};
}

// Where that load is, or belongs.
std::vector<UnitLoads::Load>::iterator UnitLoads::place(std::uint32_t unit, std::uint32_t group) {
  return std::ranges::lower_bound(loads_, std::pair(unit, group), {},
                                  [](const Load& load) { return std::pair(load.unit, load.group); });
}

void UnitLoads::set_alone(std::uint32_t unit, std::uint32_t group) {
  std::erase_if(loads_, [&](const Load& load) { return load.unit == unit; });
  loads_.insert(place(unit, group), {unit, group, 1});
}

void UnitLoads::close(std::uint32_t unit) { set_alone(unit, any_group); }
void UnitLoads::keep(std::uint32_t unit) { set_alone(unit, system_group); }

std::uint32_t UnitLoads::idle() const {
  std::uint32_t taken = 0;
  for (std::size_t i = 0; i < loads_.size(); ++i) taken += i == 0 || loads_[i].unit != loads_[i - 1].unit ? 1 : 0;
  return units_ - taken;
}

static std::uint32_t jobs_of(const auto& loads) {
  std::uint32_t jobs = 0;
  for (const auto& load : loads) jobs += load.jobs;
  return jobs;
}

bool UnitLoads::are_open(std::span<const Load> loads, const ShareTerms& terms) {
  if (loads.empty()) return true;
  return terms.shares() && std::ranges::none_of(loads, [&](const Load& load) {
           return load.closes() || (load.group == terms.group && load.jobs >= terms.most);
         });
}

std::uint32_t UnitLoads::levels() const {
  std::uint32_t most = 0;
  for (std::size_t i = 0; i < loads_.size();) {
    const auto here = of(loads_[i].unit);
    if (std::ranges::none_of(here, &Load::closes)) most = std::max(most, jobs_of(here));
    i += here.size();
  }
  return most + 1;
}

std::vector<std::uint32_t> UnitLoads::open(const ShareTerms& terms, std::uint32_t jobs, UnitLayout layout) const {
  std::vector<std::uint32_t> units;
  auto next = loads_.begin();
  for (std::uint32_t unit = 0; unit < units_; ++unit) {
    const auto begin = next;
    while (next != loads_.end() && next->unit == unit) ++next;
    const std::span here(begin, next);
    if (jobs_of(here) == jobs && are_open(here, terms)) units.push_back(unit);
  }
  if (jobs == 0 && terms.by_socket()) cut_to_sockets(units, terms, layout);
  return units;
}

// Whether somebody has a unit of it; those of the system are nobody's.
bool UnitLoads::has_other(std::uint32_t socket, UnitLayout layout) const {
  return std::ranges::any_of(of_socket(socket, layout), [](const Load& load) { return load.group != system_group; });
}

std::uint32_t UnitLoads::taken_by(std::uint32_t group, std::uint32_t socket, UnitLayout layout) const {
  const auto is_its = [&](const Load& load) { return (load.group & ~alone) == group || load.group == any_group; };
  return static_cast<std::uint32_t>(std::ranges::count_if(of_socket(socket, layout), is_its));
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
    for (std::uint32_t jobs = 0; jobs < levels(); ++jobs) count += open(terms, jobs, layout).size();
    return static_cast<std::uint32_t>(count);
  }
  std::uint32_t count = idle();
  for (std::size_t i = 0; i < loads_.size();) {
    const auto here = of(loads_[i].unit);
    count += are_open(here, terms) ? 1 : 0;
    i += here.size();
  }
  return count;
}

// Who takes what another has without sharing it (a job that was resumed) closes it.
void UnitLoads::take(std::span<const std::uint32_t> units, const ShareTerms& terms) {
  const std::uint32_t group = terms.shares() ? terms.group : terms.group | alone;
  for (const std::uint32_t unit : units) {
    if (unit >= units_) continue;
    const auto here = of(unit);
    if (!here.empty() && (!terms.shares() || std::ranges::any_of(here, &Load::closes))) {
      close(unit);
      continue;
    }
    const auto own = place(unit, group);
    if (own != loads_.end() && own->unit == unit && own->group == group)
      ++own->jobs;
    else
      loads_.insert(own, {unit, group, 1});
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
  for (std::uint32_t jobs = 0; jobs < levels() && units.size() < count; ++jobs)
    for (const std::uint32_t unit : open(terms, jobs, layout))
      if (units.size() < count) units.push_back(unit);
  std::sort(units.begin(), units.end());
  return units;
}

void UnitLoads::narrow(const UnitLoads& other) {
  SLURMXX_CHECK(units_ == other.units_);
  for (const Load& there : other.loads_) {
    const auto own = place(there.unit, there.group);
    if (own != loads_.end() && own->unit == there.unit && own->group == there.group)
      own->jobs = std::max(own->jobs, there.jobs);
    else
      loads_.insert(own, there);
  }
}

}  // namespace slurmxx
