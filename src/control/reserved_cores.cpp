// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/reserved_cores.h"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "control/reservations.h"
#include "control/scheduling.h"
#include "core/model/node_state.h"

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
  if (nodes == 0 && !draft.core_counts.empty()) left_ = draft.core_counts.front();
}

std::uint32_t CoreWish::of_node(const NodeShape& shape, std::size_t place) const {
  const auto& counts = draft_.core_counts;
  if (counts.empty()) return 0;
  std::uint64_t wanted = left_;
  if (nodes_ > 0) wanted = counts.size() > 1 ? counts[std::min(place, counts.size() - 1)] : counts.front();
  if (nodes_ > 0 && counts.size() == 1) wanted = (wanted + nodes_ - 1) / nodes_;
  const std::uint32_t threads = threads_of_core(shape);
  if (draft_.counts_cpus) wanted = (wanted + threads - 1) / threads;
  const std::uint32_t all = shape.cpus / threads;
  if (wanted < all) return static_cast<std::uint32_t>(wanted);
  return takes_some() ? all : 0;
}

void CoreWish::take(const NodeShape& shape, const std::vector<std::uint32_t>& cpus) {
  const auto taken = cpus.empty() ? shape.cpus : static_cast<std::uint32_t>(cpus.size());
  left_ -= std::min(left_, draft_.counts_cpus ? taken : taken / threads_of_core(shape));
}

// CPUs that neither the system nor another reservation of that time has, and no job that may run on into it.
std::set<std::uint32_t> ReservationKeeper::cpus_to_reserve(const Reservation& draft, NodeIndex index) const {
  std::set<std::uint32_t> cpus;
  for (std::uint32_t cpu = 0; cpu < c_.state_.find(index)->declared.cpus; ++cpu) cpus.insert(cpu);
  if (index.value < c_.planning_.system.size())
    for (const std::uint32_t cpu : c_.planning_.system[index.value].cpus) cpus.erase(cpu);
  for (const auto& other : c_.state_.reservations()) {
    const bool there = std::binary_search(other->nodes.begin(), other->nodes.end(), index);
    if (!there || other->name == draft.name || shares_nodes(draft) || shares_nodes(*other) ||
        !overlap_in_time(draft, *other, c_.now_.wall))
      continue;
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
                                                                        std::uint32_t count, bool or_less) const {
  const NodeShape& shape = c_.state_.find(index)->declared;
  const std::uint32_t threads = threads_of_core(shape);
  const std::set<std::uint32_t> free = cpus_to_reserve(draft, index);
  std::vector<std::uint32_t> cpus;
  for (std::uint32_t core = 0; core < shape.cpus / threads && cpus.size() < std::size_t{count} * threads; ++core) {
    bool all = true;
    for (std::uint32_t cpu = core * threads; cpu < (core + 1) * threads; ++cpu) all = all && free.contains(cpu);
    for (std::uint32_t cpu = core * threads; all && cpu < (core + 1) * threads; ++cpu) cpus.push_back(cpu);
  }
  if (cpus.empty() || (!or_less && cpus.size() < std::size_t{count} * threads)) return {};
  return cpus;
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
    const NodeIndex index = made.nodes[place];
    const std::uint32_t count = wish.of_node(c_.state_.find(index)->declared, place);
    if (count == 0) {
      TRY(check_free(made, {index}));
      continue;
    }
    auto some = some_cores(made, index, count, false);
    if (!some) return fail(is_taken(made, index) ? Errc::reservation_overlap : Errc::nodes_busy);
    made.cores.push_back({index, std::move(*some)});
  }
  return {};
}

}  // namespace slurmxx
