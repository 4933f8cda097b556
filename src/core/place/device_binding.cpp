// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/place/device_binding.h"

#include <algorithm>
#include <bit>
#include <iterator>

#include "core/place/gres_kind.h"

namespace slurmxx {
namespace {

using Units = std::vector<std::uint32_t>;

// One slot of the node with the idle units that lie near it.
struct Near {
  std::size_t slot = 0;
  const GresPool* pool = nullptr;
  const IndexSet* cores = nullptr;  // null: it is near to all
  Units units;
};

class Binder {
 public:
  Binder(const GresDemand& demand, const NodeRoom& room, const RoomNeed& need, const CoreChoice& choice)
      : demand_(demand), room_(room), need_(need), choice_(choice) {
    choice_.threads_per_unit = room.threads_per_unit;
    idle_ = room.free.loads.open(need.take.share, 0, room.free.layout);
    const std::vector<GresSlot> places = slot_places(*room.pools);
    taken_.resize(places.size());
    for (std::size_t slot = 0; slot < places.size(); ++slot) slots_.push_back(near_of(slot, places[slot]));
  }

  std::optional<BoundTake> take() {
    if (demand_.sockets > 0) return take_by_socket();
    const std::vector<Group> groups = groups_asked_for();
    const std::uint32_t all = 1U << groups.size();
    std::optional<BoundTake> found;
    for (std::uint32_t size = 0; size <= groups.size() && !found; ++size)
      for (std::uint32_t chosen = 0; chosen < all && !found; ++chosen)
        if (static_cast<std::uint32_t>(std::popcount(chosen)) == size) found = take_near(chosen_of(groups, chosen));
    return found;
  }

 private:
  std::uint32_t units() const { return room_.cpus / std::max(1u, room_.threads_per_unit); }
  std::uint32_t socket_of(std::uint32_t unit) const {
    return std::min(unit / std::max(1u, units() / room_.sockets), room_.sockets - 1);
  }
  std::uint32_t first_unit(std::uint32_t core) const {
    return core * room_.cpus_per_core / std::max(1u, room_.threads_per_unit);
  }

  bool is_near(std::uint32_t unit, const IndexSet& cores) const {
    const std::uint32_t first = unit * room_.threads_per_unit / room_.cpus_per_core;
    const std::uint32_t last = ((unit + 1) * room_.threads_per_unit - 1) / room_.cpus_per_core;
    for (std::uint32_t core = first; core <= last; ++core)
      if (cores.contains(core)) return true;
    return false;
  }

  Near near_of(std::size_t slot, const GresSlot& place) const {
    Near near{slot, &(*room_.pools)[place.pool], nullptr, {}};
    const auto& devices = near.pool->devices;
    const GresDevice* device = devices.empty() ? nullptr : &devices[place.device.value_or(0)];
    if (device && !device->cores.empty()) near.cores = &device->cores;
    for (const std::uint32_t unit : idle_)
      if (!near.cores || is_near(unit, *near.cores)) near.units.push_back(unit);
    return near;
  }

  std::uint64_t free_of(const Near& near) const {
    const std::uint64_t free = room_.free.gres[near.slot];
    return free - std::min(free, taken_[near.slot]);
  }

  void take_slot(const Near& near, std::uint64_t count) { take_of_slot(*room_.pools, near.slot, count, taken_); }

  // Devices with the same cores.
  using Group = std::vector<const Near*>;
  static constexpr std::size_t groups_max = 10;  // whose choices are all looked at: those with the most idle units

  bool is_asked(const Near& near) const {
    return near.pool->consumed &&
           std::ranges::any_of(need_.gres, [&](const GresRequest& kind) { return is_of(*near.pool, kind); });
  }
  std::vector<Group> groups_asked_for() const {
    std::vector<Group> groups;
    for (const Near& near : slots_) {
      if (!near.cores || near.units.empty() || free_of(near) == 0 || !is_asked(near)) continue;
      const auto same =
          std::ranges::find_if(groups, [&](const Group& group) { return *group.front()->cores == *near.cores; });
      same != groups.end() ? same->push_back(&near) : groups.push_back({&near});
    }
    std::ranges::stable_sort(groups,
                             [](const Group& a, const Group& b) { return a[0]->units.size() > b[0]->units.size(); });
    if (groups.size() > groups_max) groups.resize(groups_max);
    return groups;
  }
  static std::vector<Group> chosen_of(const std::vector<Group>& groups, std::uint32_t chosen) {
    std::vector<Group> some;
    for (std::size_t i = 0; i < groups.size(); ++i)
      if (chosen >> i & 1U) some.push_back(groups[i]);
    return some;
  }

  // Devices of each of these groups and of no other, a core near to each, and no core that is not.
  std::optional<BoundTake> take_near(const std::vector<Group>& groups) {
    const Units near = for_tasks(units_near(groups));
    if (near.size() < need_.take.units || groups.size() > need_.take.units) return {};
    taken_.assign(taken_.size(), 0);
    GresNeed left = need_.gres;
    std::stable_partition(left.begin(), left.end(), [](const GresRequest& kind) { return !kind.type.empty(); });
    Group offered;
    for (const Near& slot : slots_)
      if (!slot.cores) offered.push_back(&slot);
    for (const Group& group : groups) {
      if (!take_one(left, group)) return {};
      offered.insert(offered.end(), group.begin(), group.end());
    }
    for (GresRequest& kind : left)
      if (!take_kind(kind, offered)) return {};
    return BoundTake{std::move(taken_), spread(groups, near)};
  }
  Units units_near(const std::vector<Group>& groups) const {
    if (groups.empty()) return idle_;
    Units near;
    for (const Group& group : groups) {
      Units both;
      std::ranges::set_union(near, group.front()->units, std::back_inserter(both));
      near = std::move(both);
    }
    return near;
  }
  // What the tasks that a socket may have use of it.
  Units for_tasks(Units near) const {
    if (choice_.tasks_per_socket == 0) return near;
    const std::uint64_t cpus = std::uint64_t{choice_.tasks_per_socket} * choice_.cpus_per_task;
    const std::uint64_t most = (cpus + choice_.threads_per_unit - 1) / choice_.threads_per_unit;
    std::vector<std::uint64_t> taken(room_.sockets, 0);
    std::erase_if(near, [&](std::uint32_t unit) { return taken[socket_of(unit)]++ >= most; });
    return near;
  }
  // One unit near to each group, and the others as the job's tasks are dealt.
  Units spread(const std::vector<Group>& groups, Units near) const {
    Units units;
    for (const Group& group : groups) {
      const auto free = std::ranges::find_if(
          group.front()->units, [&](std::uint32_t unit) { return std::ranges::find(near, unit) != near.end(); });
      if (free == group.front()->units.end()) continue;
      units.push_back(*free);
      std::erase(near, *free);
    }
    const auto missing = need_.take.units - static_cast<std::uint32_t>(units.size());
    const Units others = choose_units(by_socket(near), missing, choice_);
    units.insert(units.end(), others.begin(), others.end());
    std::ranges::sort(units);
    return units;
  }

  // A part of a shared device lies on one; of others it is a device.
  bool take_one(GresNeed& left, const Group& group) {
    for (GresRequest& kind : left)
      for (const Near* near : group) {
        if (kind.count == 0 || !is_of(*near->pool, kind)) continue;
        const std::uint64_t count = near->pool->is_shared() ? part_of(kind, *near) : 1;
        if (count == 0 || free_of(*near) < count) continue;
        take_slot(*near, count);
        lessen(kind, count, near->pool->is_shared());
        return true;
      }
    return false;
  }
  std::uint64_t part_of(const GresRequest& kind, const Near& near) const {
    return kind.pieces == 0 ? std::min(kind.count, free_of(near)) : kind.count / kind.pieces;
  }
  // Of a kind of which pieces are taken already fewer are left.
  static void lessen(GresRequest& kind, std::uint64_t count, bool is_piece) {
    kind.count -= count;
    if (is_piece && kind.pieces > 1) --kind.pieces;
  }
  bool take_kind(GresRequest& kind, const Group& offered) {
    for (const Near* near : offered) {
      if (!is_of(*near->pool, kind)) continue;
      if (!near->pool->consumed) return true;
      const bool piece = near->pool->is_shared() && !near->pool->devices.empty();
      const std::uint64_t count = piece ? part_of(kind, *near) : std::min(kind.count, free_of(*near));
      if (count == 0 || free_of(*near) < count || (piece && taken_[near->slot] > 0 && kind.pieces > 0)) continue;
      take_slot(*near, count);
      lessen(kind, count, piece);
    }
    return kind.count == 0;
  }

  std::optional<BoundTake> take_by_socket() {
    const auto near = choose_sockets();
    if (!near || near->size() < need_.take.units) return {};
    GresNeed left = need_.gres;
    for (const GresRequest& kind : demand_.per_socket) lower(left, kind, demand_.sockets);
    Group offered;
    for (const Near& slot : slots_) offered.push_back(&slot);
    for (GresRequest& kind : left)
      if (!take_kind(kind, offered)) return {};
    return BoundTake{std::move(taken_), choose_units(by_socket(*near), need_.take.units, choice_)};
  }

  // The sockets that have the devices, those with the most idle units first: their units. Takes the devices.
  std::optional<Units> choose_sockets() {
    const Sockets idle = by_socket(idle_);
    std::vector<std::uint32_t> order;
    for (std::uint32_t socket = 0; socket < idle.size(); ++socket)
      if (!idle[socket].empty() && has_devices(socket)) order.push_back(socket);
    if (order.size() < demand_.sockets) return {};
    std::ranges::stable_sort(order, [&](auto a, auto b) { return idle[a].size() > idle[b].size(); });
    order.resize(demand_.sockets);
    Units chosen;
    for (const std::uint32_t socket : order) {
      take_on(socket);
      chosen.insert(chosen.end(), idle[socket].begin(), idle[socket].end());
    }
    std::ranges::sort(chosen);
    return chosen;
  }
  bool lies_on(const Near& near, std::uint32_t socket) const {
    return !near.cores || socket_of(first_unit(near.cores->front())) == socket;
  }
  bool has_devices(std::uint32_t socket) const {
    return std::ranges::all_of(demand_.per_socket, [&](const GresRequest& kind) {
      std::uint64_t free = 0;
      for (const Near& near : slots_)
        if (is_of(*near.pool, kind) && lies_on(near, socket)) free += free_of(near);
      return free >= kind.count;
    });
  }
  void take_on(std::uint32_t socket) {
    for (const GresRequest& kind : demand_.per_socket) {
      std::uint64_t left = kind.count;
      for (const Near& near : slots_) {
        if (!is_of(*near.pool, kind) || !lies_on(near, socket)) continue;
        const std::uint64_t count = std::min(left, free_of(near));
        if (count > 0) take_slot(near, count);
        left -= count;
      }
    }
  }
  static void lower(GresNeed& need, const GresRequest& kind, std::uint64_t times) {
    for (GresRequest& one : need)
      if (one.name == kind.name && one.type == kind.type) one.count -= std::min(one.count, kind.count * times);
    std::erase_if(need, [](const GresRequest& one) { return one.count == 0; });
  }

  using Sockets = std::vector<Units>;
  Sockets by_socket(const Units& of) const {
    Sockets found(room_.sockets);
    for (const std::uint32_t unit : of) found[socket_of(unit)].push_back(unit);
    return found;
  }

  const GresDemand& demand_;
  const NodeRoom& room_;
  const RoomNeed& need_;
  CoreChoice choice_;
  Units idle_;
  std::vector<Near> slots_;
  GresSlots taken_;
};

}  // namespace

bool have_cores(const GresPools& pools) {
  return std::ranges::any_of(pools, [](const GresPool& pool) {
    return std::ranges::any_of(pool.devices, [](const GresDevice& device) { return !device.cores.empty(); });
  });
}

GresPools split_by_cores(const GresPools& pools) {
  if (std::ranges::any_of(pools, &GresPool::is_shared)) return pools;  // each device has a slot of its own
  GresPools split;
  for (const GresPool& pool : pools) {
    const std::size_t first = split.size();
    for (const GresDevice& device : pool.devices) {
      const auto same = std::find_if(split.begin() + static_cast<std::ptrdiff_t>(first), split.end(),
                                     [&](const GresPool& one) { return one.devices.front().cores == device.cores; });
      GresPool& group =
          same != split.end() ? *same : split.emplace_back(GresPool{pool.name, pool.type, 0, pool.consumed, {}});
      group.count += device.count;
      group.devices.push_back(device);
    }
    if (pool.devices.empty()) split.push_back(pool);
  }
  return split;
}

bool is_bound(const GresDemand& demand, const NodeRoom& room) {
  return demand.binds() && room.pools && !room.free.loads.empty();
}

std::optional<BoundTake> take_bound(const GresDemand& demand, const NodeRoom& room, const RoomNeed& need,
                                    const CoreChoice& choice) {
  return Binder(demand, room, need, choice).take();
}

}  // namespace slurmxx
