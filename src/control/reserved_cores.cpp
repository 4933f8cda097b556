// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/reserved_cores.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "control/reservations.h"
#include "control/scheduling.h"
#include "core/model/gres_use.h"
#include "core/model/node_state.h"
#include "core/place/gres_choice.h"

namespace slurmxx {

bool overlap_in_time(const Reservation& a, const Reservation& b, Instant now) {
  const auto first = occurrence(a, now, now);
  const auto other = occurrence(b, first ? std::max(now, first->start) : now, now);
  if (!first || !other) return false;
  if (is_periodic(a) || is_periodic(b)) {  // some day they meet, or next to each other they do not
    const auto again = occurrence(a, other->start, now);
    return (first->start < other->end && other->start < first->end) ||
           (again && again->start < other->end && other->start < again->end);
  }
  return first->start < other->end && other->start < first->end;
}

CoreWish::CoreWish(const ReservationDraft& draft, std::size_t nodes) : draft_(draft), nodes_(nodes) {
  if (nodes == 0 && !draft.counts_each && !draft.core_counts.empty()) left_ = draft.core_counts.front();
}

std::uint64_t CoreWish::asked_of(const NodeShape& shape, std::size_t place) const {
  const auto& counts = draft_.core_counts;
  if (counts.empty()) return 0;
  std::uint64_t wanted = left_;
  if (draft_.counts_each) wanted = counts.front();
  if (nodes_ > 0 && !draft_.counts_each) {
    wanted = counts.size() > 1 ? counts[std::min(place, counts.size() - 1)] : counts.front();
    if (counts.size() == 1) wanted = (wanted + nodes_ - 1) / nodes_;
  }
  const std::uint32_t threads = threads_of_core(shape);
  return draft_.counts_cpus ? (wanted + threads - 1) / threads : wanted;
}

std::uint32_t CoreWish::of_node(const NodeShape& shape, std::size_t place) const {
  const std::uint64_t wanted = asked_of(shape, place);
  const std::uint32_t all = shape.cpus / threads_of_core(shape);
  if (wanted < all) return static_cast<std::uint32_t>(wanted);
  return takes_some() ? all : 0;
}

void CoreWish::take(const NodeShape& shape, const std::vector<std::uint32_t>& cpus) {
  const auto taken = cpus.empty() ? shape.cpus : static_cast<std::uint32_t>(cpus.size());
  left_ -= std::min(left_, draft_.counts_cpus ? taken : taken / threads_of_core(shape));
}

// Of the two one has to leave the other what it has of the node.
bool ReservationKeeper::is_in_the_way(const Reservation& draft, const Reservation& other, NodeIndex index) const {
  const bool there = std::binary_search(other.nodes.begin(), other.nodes.end(), index);
  return there && other.name != draft.name && !shares_nodes(draft) && !shares_nodes(other) &&
         overlap_in_time(draft, other, c_.now_.wall);
}

// CPUs that neither the system nor another reservation of that time has, and no job that may run on into it.
std::set<std::uint32_t> ReservationKeeper::cpus_to_reserve(const Reservation& draft, NodeIndex index) const {
  std::set<std::uint32_t> cpus;
  for (std::uint32_t cpu = 0; cpu < c_.state_.find(index)->declared.cpus; ++cpu) cpus.insert(cpu);
  if (index.value < c_.planning_.system.size())
    for (const std::uint32_t cpu : c_.planning_.system[index.value].cpus) cpus.erase(cpu);
  for (const auto& other : c_.state_.reservations()) {
    if (!is_in_the_way(draft, *other, index)) continue;
    const auto some =
        std::ranges::find_if(other->cores, [&](const ReservedCores& cores) { return cores.node == index; });
    if (some == other->cores.end()) return {};
    for (const std::uint32_t cpu : some->cpu_ids) cpus.erase(cpu);
  }
  for (const JobId id : c_.active_) {
    const Job& job = *c_.state_.find(id);
    if (!job.allocation || !keeps_busy(draft, job, index)) continue;
    for (const NodeShare& share : job.allocation->shares)
      if (share.node == index)
        for (const std::uint32_t cpu : share.cpu_ids) cpus.erase(cpu);
  }
  return cpus;
}

bool ReservationKeeper::overlaps(const Reservation& draft) const {
  const auto cpus_on = [](const Reservation& reservation, NodeIndex node) {
    const auto some = std::ranges::find(reservation.cores, node, &ReservedCores::node);
    return some == reservation.cores.end() ? nullptr : &some->cpu_ids;  // null: all of them
  };
  const auto meet = [&](const Reservation& other, NodeIndex node) {
    if (!std::binary_search(other.nodes.begin(), other.nodes.end(), node)) return false;
    const auto *own = cpus_on(draft, node), *its = cpus_on(other, node);
    return !own || !its || std::ranges::find_first_of(*own, *its) != own->end();
  };
  if (shares_nodes(draft)) return false;
  return std::ranges::any_of(c_.state_.reservations(), [&](const auto& other) {
    if (other->name == draft.name || shares_nodes(*other) || !overlap_in_time(draft, *other, c_.now_.wall))
      return false;
    return std::ranges::any_of(draft.nodes, [&](NodeIndex node) { return meet(*other, node); });
  });
}

// The first cores that are free for it; nothing: there are not so many.
std::optional<std::vector<std::uint32_t>> ReservationKeeper::some_cores(const Reservation& draft, NodeIndex index,
                                                                        const CoreSearch& search) const {
  const NodeShape& shape = c_.state_.find(index)->declared;
  const std::uint32_t threads = threads_of_core(shape);
  const std::set<std::uint32_t> free = cpus_to_reserve(draft, index);
  std::vector<std::uint32_t> order(shape.cpus / threads), cpus;
  std::iota(order.begin(), order.end(), 0);
  const std::size_t wanted = std::size_t{search.count} * threads;
  if (draft.flags.has(ReservationFlag::first_cores)) order.resize(std::min<std::size_t>(order.size(), search.count));
  std::ranges::stable_partition(order, [&](std::uint32_t core) { return search.near.contains(core); });
  for (const std::uint32_t core : order) {
    bool all = cpus.size() < wanted;
    for (std::uint32_t cpu = core * threads; cpu < (core + 1) * threads; ++cpu) all = all && free.contains(cpu);
    for (std::uint32_t cpu = core * threads; all && cpu < (core + 1) * threads; ++cpu) cpus.push_back(cpu);
  }
  if (cpus.empty() || (!search.or_less && cpus.size() < wanted)) return {};
  std::sort(cpus.begin(), cpus.end());
  return cpus;
}

// What other reservations of that time have of the node, and jobs that may run on into it.
std::vector<GresShare> ReservationKeeper::devices_to_leave(const Reservation& draft, NodeIndex index) const {
  std::vector<GresShare> used;
  for (const auto& other : c_.state_.reservations())
    for (const ReservedCores& some : other->cores)
      if (some.node == index && is_in_the_way(draft, *other, index)) add_gres(used, some.gres);
  for (const JobId id : c_.active_) {
    const Job& job = *c_.state_.find(id);
    if (!job.allocation || !keeps_busy(draft, job, index)) continue;
    for (const NodeShare& share : job.allocation->shares)
      if (share.node == index) add_gres(used, share.gres);
  }
  return used;
}

// No CPUs: it is to have the node whole. Nothing: the node cannot give what is wished.
std::optional<ReservedCores> ReservationKeeper::part_of(const ReservationDraft& draft, NodeIndex index,
                                                        const PartWish& wish) const {
  const Node& node = *c_.state_.find(index);
  ReservedCores part{index, {}, {}};
  if (!wish.devices.empty()) {
    auto found = wish.devices.of_node(node.gres, devices_to_leave(draft.reservation, index));
    if (!found) return {};
    part.gres = std::move(*found);
  }
  if (gives_whole_nodes(draft.reservation)) return part;
  CoreSearch search{wish.cores.of_node(node.declared, wish.place), wish.cores.takes_some(),
                    cores_near(node.gres, part.gres)};
  if (draft.core_counts.empty()) {
    search.or_less = false;
    for (const GresShare& share : part.gres) search.count += static_cast<std::uint32_t>(share.indexes.size());
    search.count = std::min(search.count, node.declared.cpus / threads_of_core(node.declared));
  }
  if (search.count == 0) return part;
  auto some = some_cores(draft.reservation, index, search);
  if (!some) return {};
  if (some->size() < node.declared.cpus) part.cpu_ids = std::move(*some);  // else all of it is free for it
  return part;
}

// Jobs of such a partition have their nodes whole: so have its reservations.
bool ReservationKeeper::gives_whole_nodes(const Reservation& draft) const {
  const Partition* partition = c_.state_.find_partition(draft.partition);
  return c_.planning_.rules->policies.whole_nodes || (partition && partition->exclusive);
}

// Of nodes that were named, in their order.
Status ReservationKeeper::reserve_cores(ReservationDraft& draft) const {
  Reservation& made = draft.reservation;
  if (gives_whole_nodes(made)) return check_free(made, made.nodes);
  if (draft.core_counts.size() > 1 && draft.core_counts.size() != made.nodes.size())
    return fail(Errc::error, fmt::format("CoreCnt= gives {} numbers for {} nodes: give one for each, or their sum",
                                         draft.core_counts.size(), made.nodes.size()));
  const CoreWish wish(draft, made.nodes.size());
  for (std::size_t place = 0; place < made.nodes.size(); ++place) {
    const Node& node = *c_.state_.find(made.nodes[place]);
    const std::uint32_t all = node.declared.cpus / threads_of_core(node.declared);
    if (const std::uint64_t cores = wish.asked_of(node.declared, place); cores > all)
      return fail(Errc::error, fmt::format("node {} has {} cores, and {} are asked for: name more nodes or fewer cores",
                                           node.name, all, cores));
  }
  DeviceWish devices(draft, made.nodes.size());
  for (std::size_t place = 0; place < made.nodes.size(); ++place) {
    const NodeIndex index = made.nodes[place];
    auto part = part_of(draft, index, {wish, devices, place});
    if (!part) return fail(is_taken(made, index) ? Errc::reservation_overlap : Errc::nodes_busy);
    devices.take(part->gres);
    if (part->cpu_ids.empty())
      TRY(check_free(made, {index}));
    else
      made.cores.push_back(std::move(*part));
  }
  return {};
}

DeviceWish::DeviceWish(const ReservationDraft& draft, std::size_t nodes) : nodes_(nodes) {
  for (const ReservationDraft::Gres& one : draft.gres) kinds_.push_back({one, one.of_each ? 0 : one.count});
}

bool DeviceWish::is_met() const {
  return std::ranges::all_of(kinds_, [](const Kind& kind) { return kind.left == 0; });
}

std::uint32_t DeviceWish::wanted(const Kind& kind) const {
  if (kind.asked.of_each) return kind.asked.count;
  const auto nodes = static_cast<std::uint32_t>(nodes_);
  return nodes > 0 ? (kind.left + nodes - 1) / nodes : kind.left;
}

std::optional<std::vector<GresShare>> DeviceWish::of_node(const std::vector<GresPool>& pools,
                                                          const std::vector<GresShare>& used) const {
  std::vector<GresShare> taken, all = used;
  bool any = false;
  for (const Kind& kind : kinds_) {
    std::uint32_t missing = wanted(kind);
    for (const GresPool& pool : pools) {
      if (pool.name != kind.asked.name || (!kind.asked.type.empty() && pool.type != kind.asked.type)) continue;
      for (const GresDevice& device : pool.devices) {
        const std::vector<GresShare> one{{pool.name, pool.type, 1, {device.index}, {}}};
        if (missing == 0 || pool.is_shared() || !gres_are_free(pools, all, one)) continue;
        add_gres(taken, one);
        add_gres(all, one);
        --missing;
      }
    }
    const bool takes_some = nodes_ == 0 && !kind.asked.of_each;
    if (missing > 0 && !takes_some) return {};
    any = any || missing < wanted(kind);
  }
  if (!any && !is_met()) return {};
  return taken;
}

void DeviceWish::take(const std::vector<GresShare>& devices) {
  if (nodes_ > 0) --nodes_;
  for (Kind& kind : kinds_)
    for (const GresShare& share : devices)
      if (share.name == kind.asked.name && (kind.asked.type.empty() || kind.asked.type == share.type))
        kind.left -= std::min(kind.left, static_cast<std::uint32_t>(share.indexes.size()));
}

}  // namespace slurmxx
