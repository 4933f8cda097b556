// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/place/place.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include <fmt/format.h>

#include "base/check.h"
#include "core/place/choices.h"
#include "core/place/device_binding.h"

namespace slurmxx {
namespace {

constexpr std::uint32_t no_limit = std::numeric_limits<std::uint32_t>::max();

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

// Full sockets, and the rest on one more: tasks of two sockets share no unit.
std::uint64_t units_by_socket(const Demand& d, std::uint64_t used, std::uint32_t tasks) {
  const auto on_one = [&](std::uint64_t count) { return ceil_div(count * d.cpus_per_task, used); };
  return tasks / d.choice.tasks_per_socket * on_one(d.choice.tasks_per_socket) +
         on_one(tasks % d.choice.tasks_per_socket);
}

// Whether a job that has the node to itself finds so much beside what it leaves to the system.
bool leaves_special(const SpecialNeed& need, const NodeRoom& room, std::uint64_t cpus, std::uint64_t units) {
  const std::uint64_t left =
      need.cores ? std::uint64_t{*need.cores} * room.cpus_per_core : std::uint64_t{need.threads.value_or(0)};
  const std::uint64_t usable = room.cpus - std::min<std::uint64_t>(room.cpus, left);
  return cpus <= usable && units <= ceil_div(usable, room.threads_per_unit);
}

// Units (cores or CPUs) that hold `tasks` tasks. A task never shares a core with another job's; threads of a core
// beyond threads_used_per_core lie idle.
std::uint64_t units_for(const Demand& d, const NodeRoom& room, std::uint32_t tasks, std::uint64_t gpus) {
  std::uint64_t used = room.threads_per_unit;
  if (d.threads_used_per_core > 0) used = std::min(used, std::uint64_t{d.threads_used_per_core} * room.cores_per_unit);
  std::uint64_t cpus = d.overcommit ? 1 : std::uint64_t{tasks} * d.cpus_per_task;
  cpus = std::max<std::uint64_t>(cpus, d.cpus_per_node_min);
  cpus = std::max<std::uint64_t>(cpus, gpus * d.gres.cpus_per_gpu);
  std::uint64_t units = ceil_div(cpus, used);
  if (d.tasks_per_core_max > 0 && !d.overcommit)
    units = std::max(units, ceil_div(tasks, std::uint64_t{d.tasks_per_core_max} * room.cores_per_unit));
  if (d.choice.tasks_per_socket > 0 && !d.overcommit) units = std::max(units, units_by_socket(d, used, tasks));
  if (d.share.whole_sockets)
    units = std::max(units,
                     std::min<std::uint64_t>(ceil_div(units, room.free.layout.per_socket) * room.free.layout.per_socket,
                                             room.units_total));
  if (!d.whole_nodes && !d.share.all) return units;
  if (d.terms.special.asked()) return leaves_special(d.terms.special, room, cpus, units) ? room.units_total : no_limit;
  return std::max<std::uint64_t>(units, room.units_total);
}

MebiBytes memory_for(const Demand& d, const NodeRoom& room, std::uint64_t units, std::uint64_t gpus) {
  if (d.gres.memory_per_gpu) return *d.gres.memory_per_gpu * static_cast<std::int64_t>(gpus);
  if (d.memory_per_cpu) return *d.memory_per_cpu * static_cast<std::int64_t>(units * room.threads_per_unit);
  if (d.memory_per_node && d.memory_per_node->value > 0) return *d.memory_per_node;
  return room.memory_total;
}

bool open_to(const Demand& d, const NodeRoom& room) {
  return !room.free.closed && !(d.whole_nodes && (room.free.jobs > 0 || room.divided)) &&
         room.free.owners.admits(d.owner);
}

RoomNeed node_need(const Demand& d, const NodeRoom& room, std::uint32_t tasks, const JobParts& parts) {
  GresNeed gres = gres_need(d.gres, tasks, parts);
  const std::uint64_t gpus = gpus_in(gres);
  const auto units = static_cast<std::uint32_t>(units_for(d, room, tasks, gpus));
  const MebiBytes memory = d.consume_memory ? memory_for(d, room, units, gpus) : MebiBytes(0);
  return {{units, memory, d.whole_nodes, false, d.owner, {}, d.share}, std::move(gres)};
}

bool is_near(const Demand& d, const NodeRoom& room, std::uint32_t tasks, const JobParts& parts) {
  return !is_bound(d.gres, room) || take_bound(d.gres, room, node_need(d, room, tasks, parts), d.choice);
}

struct NodeAmount {
  std::uint64_t cpus = 0;
  MebiBytes memory;
  const GresNeed& gres;
};

bool is_within(const NodeMost& most, const NodeAmount& amount) {
  if (amount.cpus > most.cpus || (most.memory && amount.memory > *most.memory)) return false;
  return std::ranges::all_of(most.gres, [&](const GresRequest& limit) {
    std::uint64_t count = 0;
    for (const GresRequest& kind : amount.gres)
      if (kind.name == limit.name && (limit.type.empty() || kind.type == limit.type)) count += kind.count;
    return count <= limit.count;
  });
}

bool fits(const Demand& d, const NodeRoom& room, std::uint32_t tasks, const JobParts& parts) {
  const GresNeed gres = gres_need(d.gres, tasks, parts);
  if (!room.free.covers(gres, room.pools)) return false;
  const std::uint64_t gpus = gpus_in(gres);
  const std::uint64_t units = units_for(d, room, tasks, gpus);
  if (!room.free.has_units(units, d.share)) return false;
  if (!room.free.allows(d.share.cap, units) || !is_near(d, room, tasks, parts)) return false;
  const MebiBytes memory = memory_for(d, room, units, gpus);
  if (memory > (d.consume_memory ? room.free.memory : room.memory_total)) return false;
  return is_within(d.terms.most, {units * room.threads_per_unit, d.consume_memory ? memory : MebiBytes(0), gres});
}

std::uint32_t most_tasks(const Demand& d, const NodeRoom& room) {
  if (d.choice.tasks_per_socket == 0) return d.tasks_per_node_max;
  const std::uint64_t most = std::uint64_t{d.choice.tasks_per_socket} * room.sockets;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(d.tasks_per_node_max, most));
}

// The most of what is asked for the whole job that a node can give beside the tasks: of the first kind one at least.
JobParts parts_that_fit(const Demand& d, const NodeRoom& room, std::uint32_t tasks) {
  if (d.gres.per_job.empty() || !room.pools) return {};
  JobParts parts = free_for_job(*room.pools, room.free.gres, d.gres);
  while (!fits(d, room, std::min(tasks, tasks_on_gpus(d.gres, parts)), parts)) {
    const auto most = std::max_element(parts.rbegin(), parts.rend());  // the last of equals
    if (*most == 0) break;
    --*most;
  }
  return parts;
}

JobParts all_parts(const GresDemand& demand) {
  JobParts parts;
  for (const GresRequest& kind : demand.per_job) parts.push_back(kind.count);
  return parts;
}

// More of the devices of the whole job let it have more cores.
bool holds_bound(const Demand& d, const NodeRoom& room) {
  return !d.gres.per_job.empty() && room.available && open_to(d, room) && d.tasks <= most_tasks(d, room) &&
         fits(d, room, d.tasks, all_parts(d.gres));
}

// The fewest nodes first: one node that holds all is better than the first two that hold it together.
std::optional<Chosen> single_node(const Demand& d, const Offer& offer, PlaceCursor& cursor) {
  for (; cursor.single < offer.rooms.size(); ++cursor.single) {
    const NodeRoom& room = *offer.rooms[cursor.single];
    if (is_bound(d.gres, room) && holds_bound(d, room)) return Chosen{cursor.single, d.tasks, 0, all_parts(d.gres)};
    const std::uint32_t fit = tasks_that_fit(d, room);
    if (fit < d.tasks) continue;
    Chosen one = chosen_of(d, offer, cursor.single, fit);
    if (holds_all(d, one)) return one;
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
      chosen.replace_least(chosen_of(d, offer, i, fit), offer.required);
    } else {
      chosen.add(chosen_of(d, offer, i, fit));
    }
  }
}

// Tasks that one unit (a core, mostly) of the node holds.
std::uint64_t tasks_of_unit(const Demand& d, const NodeRoom& room) {
  std::uint64_t cpus = room.threads_per_unit;
  if (d.threads_used_per_core > 0) cpus = std::min(cpus, std::uint64_t{d.threads_used_per_core} * room.cores_per_unit);
  std::uint64_t tasks = std::max<std::uint64_t>(1, cpus / d.cpus_per_task);
  if (d.tasks_per_core_max > 0) tasks = std::min(tasks, std::uint64_t{d.tasks_per_core_max} * room.cores_per_unit);
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

// --spread-job: one task each, round and round.
void spread_evenly(const Demand& d, std::vector<Chosen>& chosen) {
  std::uint64_t left = std::max<std::uint64_t>(d.tasks, chosen.size());
  while (left > 0) {
    const std::uint64_t before = left;
    for (Chosen& c : chosen) {
      if (left == 0 || c.tasks == c.fit) continue;
      ++c.tasks;
      --left;
    }
    SLURMXX_CHECK(left < before);
  }
}

// The first nodes give what they can, but no more than their part where so many nodes were asked for, as long as others
// can give the rest; and one of the first kind is left for each that follows.
void spread_gres(const Demand& d, std::vector<Chosen>& chosen) {
  for (std::size_t kind = 0; kind < d.gres.per_job.size(); ++kind) {
    const std::uint64_t nodes = std::max(1U, d.nodes_min);
    const std::uint64_t most = (d.gres.per_job[kind].count + nodes - 1) / nodes;
    std::uint64_t left = d.gres.per_job[kind].count;
    std::vector<std::uint64_t> spare;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      const std::uint64_t later = kind == 0 ? chosen.size() - i - 1 : 0;
      std::uint64_t& part = chosen[i].parts[kind];
      const std::uint64_t there = part;
      part = std::min({there, most, left - std::min(left, later)});
      spare.push_back(there - part);
      left -= part;
    }
    for (std::size_t i = 0; i < chosen.size() && left > 0; ++i) {
      const std::uint64_t more = std::min(left, spare[i]);
      chosen[i].parts[kind] += more;
      left -= more;
    }
    SLURMXX_CHECK(left == 0);
  }
}

// A kind of which all nodes together have too few free.
std::optional<Shortage> gres_shortage(const Demand& d, const Offer& offer) {
  const std::pair<const GresNeed&, std::uint64_t> needs[] = {
      {d.gres.per_job, 1}, {d.gres.per_node, d.nodes_min}, {d.gres.per_task, d.tasks}};
  for (const auto& [kinds, times] : needs) {
    for (const GresRequest& kind : kinds) {
      std::uint64_t free = 0;
      for (const NodeRoom* room : offer.rooms)
        if (room->pools && room->available) free += gres_free(*room->pools, room->free.gres, kind);
      const std::uint64_t need = kind.count * times;
      if (free < need)
        return Shortage{fmt::format("gres/{}{}{}", kind.name, kind.type.empty() ? "" : ":", kind.type),
                        static_cast<std::int64_t>(need), static_cast<std::int64_t>(free)};
    }
  }
  return {};
}

}  // namespace

void Choices::replace_least(const Chosen& choice, std::size_t kept) {
  const auto first = list_.begin() + static_cast<std::ptrdiff_t>(kept);
  const auto smaller = [](const Chosen& a, const Chosen& b) {
    return std::tie(a.parts, a.fit) < std::tie(b.parts, b.fit);
  };
  const auto least = std::min_element(first, list_.end(), smaller);
  if (least == list_.end() || !smaller(*least, choice)) return;
  capacity_ += choice.fit;
  capacity_ -= least->fit;
  *least = choice;
}

bool Choices::enough_gres() const {
  for (std::size_t kind = 0; kind < d_.gres.per_job.size(); ++kind) {
    std::uint64_t sum = 0;
    for (const Chosen& choice : list_) sum += choice.parts[kind];
    if (sum < d_.gres.per_job[kind].count) return false;
  }
  return true;
}

Chosen chosen_of(const Demand& d, const Offer& offer, std::size_t place, std::uint32_t fit) {
  JobParts parts = parts_that_fit(d, *offer.rooms[place], std::min(fit, d.tasks));
  return {place, std::min(fit, tasks_on_gpus(d.gres, parts)), 0, std::move(parts)};
}

bool holds_all(const Demand& d, const Chosen& one) {
  const auto whole = [](std::uint64_t part, const GresRequest& kind) { return part >= kind.count; };
  return one.fit >= d.tasks && std::ranges::equal(one.parts, d.gres.per_job, whole);
}

Shortage shortage_of(const Demand& d, const Offer& offer) {
  std::int64_t usable = 0;
  std::int64_t capacity = 0;
  for (const NodeRoom* room : offer.rooms) {
    const std::uint32_t fit = tasks_that_fit(d, *room);
    usable += fit > 0 ? 1 : 0;
    capacity += fit;
  }
  if (const auto gres = gres_shortage(d, offer)) return *gres;
  if (usable < d.nodes_min) return {"nodes with room for a task", d.nodes_min, usable};
  if (capacity < d.tasks) return {"room for tasks", d.tasks, capacity};
  if (offer.required > d.nodes_max) return {"nodes at most", static_cast<std::int64_t>(offer.required), d.nodes_max};
  return {"tasks on the nodes allowed", d.tasks, static_cast<std::int64_t>(d.nodes_max)};
}

std::vector<Chosen> deal_out(const Demand& d, const Offer& offer, std::vector<Chosen> list) {
  std::sort(list.begin(), list.end(),
            [&](const Chosen& a, const Chosen& b) { return offer.rooms[a.place]->node < offer.rooms[b.place]->node; });
  spread_gres(d, list);
  for (Chosen& one : list) one.fit = std::min(one.fit, tasks_on_gpus(d.gres, one.parts));
  if (d.arrangement.spread && !d.even_tasks)
    spread_evenly(d, list);
  else
    spread(d, offer, list);
  return list;
}

std::uint32_t tasks_that_fit(const Demand& d, const NodeRoom& room) {
  if (room.free.units_for(d.share) == 0 || !room.available || !open_to(d, room)) return 0;
  const bool all_here = d.nodes_max == 1 && is_bound(d.gres, room);
  const JobParts parts = all_here ? all_parts(d.gres) : least_parts(d.gres);
  if (d.even_tasks)
    return most_tasks(d, room) == d.tasks_per_node_max && fits(d, room, d.tasks_per_node_max, parts)
               ? d.tasks_per_node_max
               : 0;
  std::uint32_t low = 0;  // fits
  std::uint32_t high = most_tasks(d, room);
  while (low < high) {
    const std::uint32_t middle = low + (high - low - 1) / 2 + 1;  // high - low + 1 may be more than 32 bits hold
    if (fits(d, room, middle, parts)) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

RoomNeed node_need(const Demand& d, const NodeRoom& room, std::uint32_t tasks) {
  return node_need(d, room, tasks, least_parts(d.gres));
}

RoomTake take_of(const Demand& d, const NodeRoom& room, const Chosen& chosen) {
  RoomNeed need = node_need(d, room, chosen.tasks, chosen.parts);
  if (is_bound(d.gres, room)) {
    if (auto bound = take_bound(d.gres, room, need, d.choice)) {
      need.take.gres = std::move(bound->slots);
      need.take.which = std::move(bound->units);
      return std::move(need.take);
    }
  }
  if (!need.gres.empty()) need.take.gres = slots_for(*room.pools, room.free.gres, need.gres, d.gres.least_loaded);
  if (!room.free.loads.empty()) {
    need.take.which = room.free.loads.pick(need.take.units, d.share, room.free.layout);
    need.take.units = std::max(need.take.units, static_cast<std::uint32_t>(need.take.which.size()));
  }
  return std::move(need.take);
}

std::variant<std::vector<Chosen>, Shortage> choose(const Demand& d, const Offer& offer) {
  if (offer.topology || !d.arrangement.is_plain()) return choose_neighbours(d, offer);
  PlaceCursor fresh;
  PlaceCursor& cursor = offer.cursor ? *offer.cursor : fresh;
  Choices chosen(d);
  for (std::size_t i = 0; i < offer.required; ++i) {
    const std::uint32_t fit = tasks_that_fit(d, *offer.rooms[i]);
    if (fit == 0)
      return Shortage{"nodes of --nodelist with room", static_cast<std::int64_t>(offer.required),
                      static_cast<std::int64_t>(i)};
    chosen.add(chosen_of(d, offer, i, fit));
  }
  if (offer.required > d.nodes_max) return shortage_of(d, offer);
  if (d.nodes_min <= 1 && offer.required == 0)
    if (const auto one = single_node(d, offer, cursor)) chosen.add(*one);
  choose_several(d, offer, cursor, chosen);
  if (!chosen.enough()) return shortage_of(d, offer);
  return deal_out(d, offer, std::move(chosen.list()));
}

}  // namespace slurmxx
