// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/place/place.h"

#include <algorithm>
#include <limits>

#include "base/check.h"

namespace slurmxx {
namespace {

constexpr std::uint32_t no_limit = std::numeric_limits<std::uint32_t>::max();

std::uint32_t ceil_div(std::uint64_t a, std::uint64_t b) { return static_cast<std::uint32_t>((a + b - 1) / b); }

// Units (cores or CPUs) that hold `tasks` tasks. A task never shares a core with another job's; threads of a core
// beyond threads_used_per_core lie idle.
std::uint64_t units_for(const Demand& d, const NodeSpace& space, std::uint32_t tasks) {
  std::uint64_t used = space.threads_per_unit();
  if (d.threads_used_per_core > 0) used = std::min<std::uint64_t>(used, d.threads_used_per_core);
  std::uint64_t cpus = d.overcommit ? 1 : std::uint64_t{tasks} * d.cpus_per_task;
  cpus = std::max<std::uint64_t>(cpus, d.cpus_per_node_min);
  std::uint64_t units = ceil_div(cpus, used);
  if (d.tasks_per_core_max > 0 && !d.overcommit)
    units = std::max<std::uint64_t>(units, ceil_div(tasks, d.tasks_per_core_max));
  return d.whole_nodes ? std::max<std::uint64_t>(units, space.units_total()) : units;
}

MebiBytes memory_for(const Demand& d, const NodeSpace& space, std::uint64_t units) {
  if (d.memory_per_cpu) return *d.memory_per_cpu * static_cast<std::int64_t>(units * space.threads_per_unit());
  if (d.memory_per_node && d.memory_per_node->value > 0) return *d.memory_per_node;
  return space.memory_total();
}

bool open_to(const Demand& d, const NodeSpace& space) {
  if (space.closed()) return false;
  if (d.whole_nodes && !space.idle()) return false;
  if (space.only_user() && *space.only_user() != d.user) return false;
  if (!d.only_user) return true;
  return std::all_of(space.users().begin(), space.users().end(), [&](Uid u) { return u == d.user; });
}

bool fits(const Demand& d, const NodeSpace& space, std::uint32_t tasks) {
  const std::uint64_t units = units_for(d, space, tasks);
  if (units > space.units_free()) return false;
  return memory_for(d, space, units) <= (d.consume_memory ? space.memory_free() : space.memory_total());
}

struct Choice {
  NodeSpace* space = nullptr;
  std::uint32_t fit = 0;  // tasks that it could run
  std::uint32_t tasks = 0;
};

using Choices = std::vector<Choice>;

std::uint64_t capacity(const Choices& choices) {
  std::uint64_t sum = 0;
  for (const Choice& c : choices) sum += c.fit;
  return sum;
}

bool enough(const Demand& d, const Choices& choices) {
  return choices.size() >= d.nodes_min && capacity(choices) >= d.tasks;
}

// The fewest nodes first: one node that holds all is better than the first two that hold it together.
std::optional<Choice> single_node(const Demand& d, const Choices& usable) {
  for (const Choice& c : usable)
    if (c.fit >= d.tasks) return c;
  return {};
}

std::optional<Choices> choose(const Demand& d, const Choices& usable, std::size_t required) {
  if (d.nodes_min <= 1 && required == 0)
    if (auto one = single_node(d, usable)) return Choices{*one};
  Choices chosen(usable.begin(), usable.begin() + static_cast<std::ptrdiff_t>(required));
  if (chosen.size() > d.nodes_max) return {};
  for (std::size_t i = required; i < usable.size() && !enough(d, chosen); ++i) {
    if (chosen.size() < d.nodes_max) {
      chosen.push_back(usable[i]);
      continue;
    }
    // All places are taken and it is still too small: a larger node replaces the smallest one.
    const auto first = chosen.begin() + static_cast<std::ptrdiff_t>(required);
    const auto least = std::min_element(first, chosen.end(), [](auto& a, auto& b) { return a.fit < b.fit; });
    if (least != chosen.end() && least->fit < usable[i].fit) *least = usable[i];
  }
  if (!enough(d, chosen)) return {};
  return chosen;
}

// Every node gets one task; the rest fill the nodes in order (distribution block).
void spread(const Demand& d, Choices& chosen) {
  const auto nodes = static_cast<std::uint32_t>(chosen.size());
  SLURMXX_CHECK(nodes > 0);
  std::uint32_t left = d.tasks > nodes ? d.tasks - nodes : 0;
  for (Choice& c : chosen) {
    const std::uint32_t more = d.even_tasks ? c.fit - 1 : std::min(left, c.fit - 1);
    c.tasks = 1 + more;
    left -= std::min(left, more);
  }
  SLURMXX_CHECK(left == 0);
}

Shortage shortage_of(const Demand& d, const Offer& offer, const Choices& usable) {
  if (usable.size() < d.nodes_min)
    return {"nodes with room for a task", d.nodes_min, static_cast<std::int64_t>(usable.size())};
  if (capacity(usable) < d.tasks) return {"room for tasks", d.tasks, static_cast<std::int64_t>(capacity(usable))};
  if (offer.required > d.nodes_max) return {"nodes at most", static_cast<std::int64_t>(offer.required), d.nodes_max};
  return {"tasks on the nodes allowed", d.tasks, static_cast<std::int64_t>(d.nodes_max)};
}

}  // namespace

Demand demand_of(const JobSpec& spec, const MemoryDefaults& defaults, bool whole_nodes) {
  const ResourceRequest& r = spec.resources;
  Demand d;
  d.cpus_per_task = std::max(1u, r.cpus_per_task);
  d.nodes_min = std::max(1u, r.nodes_min);
  d.nodes_max = r.nodes_max.value_or(no_limit);
  const std::uint32_t per_node = std::max(1u, r.tasks_per_node.value_or(no_limit));
  if (r.tasks_set) {
    d.tasks = std::max(1u, r.tasks);
    if (r.tasks_per_node) d.nodes_min = std::max(d.nodes_min, ceil_div(d.tasks, per_node));
    if (!r.nodes_max) d.nodes_max = std::max(d.nodes_min, d.tasks);
  } else {
    d.even_tasks = r.tasks_per_node.has_value();
    const auto even = std::min<std::uint64_t>(std::uint64_t{d.nodes_min} * per_node, no_limit);
    d.tasks = d.even_tasks ? static_cast<std::uint32_t>(even) : std::max(d.nodes_min, r.tasks);
    if (!r.nodes_max) d.nodes_max = d.nodes_min;
  }
  d.tasks_per_node_max = std::min(per_node, d.tasks);
  d.overcommit = r.overcommit;
  d.cpus_per_node_min = std::max(1u, r.cpus_per_node_min.value_or(1));
  d.threads_used_per_core = r.threads_per_core.value_or(0);
  d.tasks_per_core_max = r.tasks_per_core.value_or(0);
  d.memory_per_node = r.memory_per_node;
  d.memory_per_cpu = r.memory_per_node ? std::nullopt : r.memory_per_cpu;
  if (!d.memory_per_node && !d.memory_per_cpu) {
    d.memory_per_cpu = defaults.per_cpu;
    if (!d.memory_per_cpu) d.memory_per_node = defaults.per_node;
  }
  // Without a default a job takes the memory of its nodes only where memory is given out at all.
  if (!d.memory_per_cpu && !d.memory_per_node) d.memory_per_node = MebiBytes(0);
  d.consume_memory = defaults.consumable;
  d.whole_nodes = whole_nodes || spec.placement.sharing == Sharing::exclusive;
  d.only_user = spec.placement.sharing == Sharing::exclusive_user;
  d.user = spec.owner.uid;
  return d;
}

std::uint32_t tasks_that_fit(const Demand& d, const NodeSpace& space) {
  if (!space.available()) return 0;
  if (!open_to(d, space)) return 0;
  if (d.even_tasks) return fits(d, space, d.tasks_per_node_max) ? d.tasks_per_node_max : 0;
  std::uint32_t low = 0;  // fits
  std::uint32_t high = d.tasks_per_node_max;
  while (low < high) {
    const std::uint32_t middle = low + (high - low + 1) / 2;
    if (fits(d, space, middle)) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

std::variant<std::vector<NodeShare>, Shortage> place(const Demand& d, const Offer& offer) {
  Choices usable;
  for (std::size_t i = 0; i < offer.nodes.size(); ++i) {
    const std::uint32_t fit = tasks_that_fit(d, *offer.nodes[i]);
    if (fit > 0) usable.push_back({offer.nodes[i], fit, 0});
    if (fit == 0 && i < offer.required)
      return Shortage{"nodes of --nodelist with room", static_cast<std::int64_t>(offer.required),
                      static_cast<std::int64_t>(i)};
  }
  std::optional<Choices> chosen = choose(d, usable, offer.required);
  if (!chosen) return shortage_of(d, offer, usable);
  std::sort(chosen->begin(), chosen->end(), [](auto& a, auto& b) { return a.space->index() < b.space->index(); });
  spread(d, *chosen);
  std::vector<NodeShare> shares;
  for (const Choice& c : *chosen) {
    const auto units = static_cast<std::uint32_t>(units_for(d, *c.space, c.tasks));
    const MebiBytes memory = d.consume_memory ? memory_for(d, *c.space, units) : MebiBytes(0);
    shares.push_back(c.space->take({units, memory, d.whole_nodes, d.user, d.only_user}));
  }
  return shares;
}

}  // namespace slurmxx
