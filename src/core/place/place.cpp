// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/place/place.h"

#include <algorithm>
#include <limits>

#include "base/check.h"

namespace slurmxx {
namespace {

constexpr std::uint32_t no_limit = std::numeric_limits<std::uint32_t>::max();

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

// Units (cores or CPUs) that hold `tasks` tasks. A task never shares a core with another job's; threads of a core
// beyond threads_used_per_core lie idle.
std::uint64_t units_for(const Demand& d, const NodeRoom& room, std::uint32_t tasks) {
  std::uint64_t used = room.threads_per_unit;
  if (d.threads_used_per_core > 0) used = std::min<std::uint64_t>(used, d.threads_used_per_core);
  std::uint64_t cpus = d.overcommit ? 1 : std::uint64_t{tasks} * d.cpus_per_task;
  cpus = std::max<std::uint64_t>(cpus, d.cpus_per_node_min);
  std::uint64_t units = ceil_div(cpus, used);
  if (d.tasks_per_core_max > 0 && !d.overcommit)
    units = std::max<std::uint64_t>(units, ceil_div(tasks, d.tasks_per_core_max));
  return d.whole_nodes ? std::max<std::uint64_t>(units, room.units_total) : units;
}

MebiBytes memory_for(const Demand& d, const NodeRoom& room, std::uint64_t units) {
  if (d.memory_per_cpu) return *d.memory_per_cpu * static_cast<std::int64_t>(units * room.threads_per_unit);
  if (d.memory_per_node && d.memory_per_node->value > 0) return *d.memory_per_node;
  return room.memory_total;
}

bool open_to(const Demand& d, const NodeRoom& room) {
  return !room.free.closed && !(d.whole_nodes && room.free.jobs > 0) && room.free.users.admits(d.user, d.only_user);
}

bool fits(const Demand& d, const NodeRoom& room, std::uint32_t tasks) {
  const std::uint64_t units = units_for(d, room, tasks);
  if (units > room.free.units) return false;
  return memory_for(d, room, units) <= (d.consume_memory ? room.free.memory : room.memory_total);
}

// Nodes taken so far, and what they hold together.
class Choices {
 public:
  explicit Choices(const Demand& d) : d_(d) {}
  bool enough() const { return list_.size() >= d_.nodes_min && capacity_ >= d_.tasks; }
  bool full() const { return list_.size() >= d_.nodes_max; }
  std::vector<Chosen>& list() { return list_; }

  void add(const Chosen& choice) {
    list_.push_back(choice);
    capacity_ += choice.fit;
  }

  // All places are taken and it is still too small: a larger node replaces the smallest one that may go.
  void replace_least(const Chosen& choice, std::size_t kept) {
    const auto first = list_.begin() + static_cast<std::ptrdiff_t>(kept);
    const auto least = std::min_element(first, list_.end(), [](auto& a, auto& b) { return a.fit < b.fit; });
    if (least == list_.end() || least->fit >= choice.fit) return;
    capacity_ += choice.fit - least->fit;
    *least = choice;
  }

 private:
  const Demand& d_;
  std::vector<Chosen> list_;
  std::uint64_t capacity_ = 0;
};

// The fewest nodes first: one node that holds all is better than the first two that hold it together.
std::optional<Chosen> single_node(const Demand& d, const Offer& offer, PlaceCursor& cursor) {
  for (; cursor.single < offer.rooms.size(); ++cursor.single) {
    const std::uint32_t fit = tasks_that_fit(d, *offer.rooms[cursor.single]);
    if (fit >= d.tasks) return Chosen{cursor.single, fit, 0};
  }
  return {};
}

void choose_several(const Demand& d, const Offer& offer, PlaceCursor& cursor, Choices& chosen) {
  cursor.usable = std::max(cursor.usable, offer.required);
  for (std::size_t i = cursor.usable; i < offer.rooms.size() && !chosen.enough(); ++i) {
    const std::uint32_t fit = tasks_that_fit(d, *offer.rooms[i]);
    if (fit == 0) {
      if (i == cursor.usable) ++cursor.usable;
    } else if (chosen.full()) {
      chosen.replace_least({i, fit, 0}, offer.required);
    } else {
      chosen.add({i, fit, 0});
    }
  }
}

// Tasks that one unit (a core, mostly) of the node holds.
std::uint64_t tasks_of_unit(const Demand& d, const NodeRoom& room) {
  std::uint64_t cpus = room.threads_per_unit;
  if (d.threads_used_per_core > 0) cpus = std::min<std::uint64_t>(cpus, d.threads_used_per_core);
  std::uint64_t tasks = std::max<std::uint64_t>(1, cpus / d.cpus_per_task);
  if (d.tasks_per_core_max > 0) tasks = std::min<std::uint64_t>(tasks, d.tasks_per_core_max);
  return tasks;
}

// The nodes are filled in order, but a unit's worth of tasks is kept for each node that follows, and a task at least.
void spread(const Demand& d, const Offer& offer, std::vector<Chosen>& chosen) {
  SLURMXX_CHECK(!chosen.empty());
  std::uint64_t left = std::max<std::uint64_t>(d.tasks, chosen.size());
  std::uint64_t fit_later = 0;
  for (const Chosen& c : chosen) fit_later += c.fit;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    Chosen& c = chosen[i];
    const std::uint64_t later = chosen.size() - i - 1;
    const std::uint64_t unit = tasks_of_unit(d, *offer.rooms[c.place]);
    fit_later -= c.fit;
    std::uint64_t tasks = std::min(unit, left - later);
    if (left > later * unit) tasks = std::max(tasks, left - later * unit);
    if (left > fit_later) tasks = std::max(tasks, left - fit_later);
    c.tasks = d.even_tasks ? c.fit : static_cast<std::uint32_t>(std::min<std::uint64_t>(tasks, c.fit));
    left -= std::min<std::uint64_t>(left - later, c.tasks);
  }
  SLURMXX_CHECK(left == 0);
}

Shortage shortage_of(const Demand& d, const Offer& offer) {
  std::int64_t usable = 0;
  std::int64_t capacity = 0;
  for (const NodeRoom* room : offer.rooms) {
    const std::uint32_t fit = tasks_that_fit(d, *room);
    usable += fit > 0 ? 1 : 0;
    capacity += fit;
  }
  if (usable < d.nodes_min) return {"nodes with room for a task", d.nodes_min, usable};
  if (capacity < d.tasks) return {"room for tasks", d.tasks, capacity};
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
    if (r.tasks_per_node) d.nodes_min = std::max(d.nodes_min, static_cast<std::uint32_t>(ceil_div(d.tasks, per_node)));
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
  d.choice = core_choice_of(spec.placement.distribution, d.cpus_per_task);
  return d;
}

std::uint32_t tasks_that_fit(const Demand& d, const NodeRoom& room) {
  if (room.free.units == 0 || !room.available || !open_to(d, room)) return 0;
  if (d.even_tasks) return fits(d, room, d.tasks_per_node_max) ? d.tasks_per_node_max : 0;
  std::uint32_t low = 0;  // fits
  std::uint32_t high = d.tasks_per_node_max;
  while (low < high) {
    const std::uint32_t middle = low + (high - low - 1) / 2 + 1;  // high - low + 1 may be more than 32 bits hold
    if (fits(d, room, middle)) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

RoomTake take_of(const Demand& d, const NodeRoom& room, std::uint32_t tasks) {
  const auto units = static_cast<std::uint32_t>(units_for(d, room, tasks));
  return {units, d.consume_memory ? memory_for(d, room, units) : MebiBytes(0), d.whole_nodes, d.user, d.only_user};
}

std::variant<std::vector<Chosen>, Shortage> choose(const Demand& d, const Offer& offer) {
  PlaceCursor fresh;
  PlaceCursor& cursor = offer.cursor ? *offer.cursor : fresh;
  Choices chosen(d);
  for (std::size_t i = 0; i < offer.required; ++i) {
    const std::uint32_t fit = tasks_that_fit(d, *offer.rooms[i]);
    if (fit == 0)
      return Shortage{"nodes of --nodelist with room", static_cast<std::int64_t>(offer.required),
                      static_cast<std::int64_t>(i)};
    chosen.add({i, fit, 0});
  }
  if (offer.required > d.nodes_max) return shortage_of(d, offer);
  if (d.nodes_min <= 1 && offer.required == 0)
    if (const auto one = single_node(d, offer, cursor)) chosen.add(*one);
  choose_several(d, offer, cursor, chosen);
  if (!chosen.enough()) return shortage_of(d, offer);
  std::vector<Chosen> list = std::move(chosen.list());
  std::sort(list.begin(), list.end(),
            [&](const Chosen& a, const Chosen& b) { return offer.rooms[a.place]->node < offer.rooms[b.place]->node; });
  spread(d, offer, list);
  return list;
}

}  // namespace slurmxx
