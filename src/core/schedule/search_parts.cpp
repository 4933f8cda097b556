// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What a job takes beyond its own nodes: memory and GRES from the other parts of a node, and the rest of its blocks or
// leaf switches where it has them to itself (--exclusive=topo).
#include <algorithm>
#include <tuple>

#include "core/schedule/aside.h"
#include "core/schedule/lone_units.h"
#include "core/schedule/node_parts.h"
#include "core/schedule/node_spaces.h"
#include "core/schedule/search.h"

namespace slurmxx {

// Of a part of a node: what others of its parts lack now. `share`: of a job that starts; null: of one that waits.
void Search::take_beside(const Booking& booking, const NodeShare* share) {
  const auto* all = view_.parts->beside(booking.node);
  for (const NodeIndex other : all ? *all : std::vector<NodeIndex>()) {
    if (other == booking.node) continue;
    if (share) spaces_[other.value].take_beside(*share);
    if (!calendar_) continue;
    Booking beside{other, booking.from, booking.until, {}};
    beside.take.memory = booking.take.memory;
    const GresPools *own = spaces_[booking.node.value].room().pools, *others = spaces_[other.value].room().pools;
    beside.take.gres = *own == *others ? booking.take.gres : slots_beside(*own, booking.take.gres, *others);
    beside.take.owner = {booking.take.owner.user, false, false, booking.take.owner.label};
    beside.take.aside = true;
    calendar_->add(beside);
  }
}

// Until when other jobs have CPUs of it, if they do.
Moment Search::left_by_others(const Job& job, const NodeShare& share) const {
  Moment last = 0;
  const auto meets = [&](const NodeShare& other) {
    if (other.node != share.node) return false;
    return job.allocation->whole_nodes ||
           std::ranges::find_first_of(other.cpu_ids, share.cpu_ids) != other.cpu_ids.end();
  };
  for (const Job* other : view_.running)
    if (other != &job && other->allocation && !other->without_cpus() &&
        std::ranges::any_of(other->allocation->shares, meets))
      last = std::max(last, end_of(*other));
  const auto& space = spaces_[share.node.value];
  const bool all_free = space.free_cpus_of(share).size() == share.cpu_ids.size();
  if (last == 0 && (!all_free || (job.allocation->whole_nodes && space.room().free.jobs > 0)))
    for (const Booking& booking : started_)
      if (booking.node == share.node) last = std::max(last, booking.until);
  for (const Booking& booking : units_.taken)
    if (booking.node == share.node) last = std::max(last, booking.until);
  return last;
}

// The same of units that are to be its own.
Moment Search::units_left_by_others(const Job& job, const std::vector<NodeIndex>& units) const {
  Moment last = 0;
  const auto is_there = [&](NodeIndex node) { return std::ranges::binary_search(units, node); };
  for (const Job* other : units.empty() ? std::vector<const Job*>() : view_.running)
    if (other != &job && !other->without_cpus() && std::ranges::any_of(nodes_held(*other), is_there))
      last = std::max(last, end_of(*other));
  for (const auto* bookings : {&started_, &units_.taken})
    for (const Booking& booking : *bookings)
      if (is_there(booking.node)) last = std::max(last, booking.until);
  return last;
}

void Search::hold_units(const std::vector<NodeIndex>& units, Moment back, Moment until) {
  RoomTake take = take_of_unit();
  take.aside = true;
  for (const NodeIndex node : units) {
    held_.push_back({{node, 0, back, take}, {node, back, until, take}});
    if (calendar_) add(held_.back());
    spaces_[node.value].close();
  }
}

// What is free of its CPUs now, and all of them from when the others have left.
void Search::hold(const Job& job) {
  Moment back = 0;
  const std::vector<NodeIndex> units = units_held(view_, job);
  for (const NodeShare& share : job.allocation->shares) back = std::max(back, left_by_others(job, share));
  back = std::max(back, units_left_by_others(job, units));
  back = std::min(back, forever - 1);
  const auto& [limit_at, suspended] = std::tie(job.times.limit_at, job.times.suspended);
  const std::int64_t left = limit_at && suspended ? (*limit_at - *suspended).value : forever;
  const Moment until = static_cast<Moment>(std::clamp<std::int64_t>(back + left, back + 1, forever));
  const ShareTerms terms = share_terms(view_, *job.allocation);
  for (const NodeShare& share : job.allocation->shares) {
    NodeSpace& space = spaces_[share.node.value];
    const bool shares = terms.shares() && !space.room().lent.empty();
    NodeShare free = share;
    if (!shares) free.cpu_ids = space.free_cpus_of(share);
    const auto booking = [&](const NodeShare& of, Moment from, Moment to) {
      RoomTake take;
      take.which = space.units_of(of);
      take.units = static_cast<std::uint32_t>(take.which.size());
      if (space.room().lent.empty()) take.which.clear();
      if (shares) take.share = terms;
      take.whole = job.allocation->whole_nodes;
      take.aside = true;
      return Booking{share.node, from, to, std::move(take)};
    };
    held_.push_back({booking(free, 0, back), booking(share, back, until)});
    if (calendar_) add(held_.back());
    if (shares) space.note_units(share, terms);  // it counts as one of those that share them
    space.hold(shares ? std::vector<std::uint32_t>() : free.cpu_ids);
    if (job.allocation->whole_nodes) space.close();
  }
  hold_units(units, back, until);
}

void Search::hold_aside() {
  if (!view_.preemption) return;
  for (const Job* job : view_.running)
    if (is_aside(*job)) hold(*job);
}

std::vector<NodeIndex> Search::real_nodes_of(const Slot& slot) const {
  std::vector<NodeIndex> nodes = nodes_of(slot.bookings);
  for (NodeIndex& node : nodes)
    if (view_.parts) node = view_.parts->node_of(node);
  return nodes;
}

// Those of jobs that run.
void Search::close_units() {
  const auto alone = [](const PlanPartition& partition) { return partition.caps.alone_in_units; };
  const bool any = std::any_of(view_.partitions.begin(), view_.partitions.end(), alone);
  for (const Job* job : view_.running) {
    if (job->without_cpus() || (!any && job->spec->placement.sharing != Sharing::exclusive_topo)) continue;
    for (const NodeIndex node : units_held(view_, *job)) {
      spaces_[node.value].close();
      units_.taken.push_back({node, 0, end_of(*job), take_of_unit()});
    }
  }
  units_.before = units_.taken.size();
}

// Until when somebody who stands aside wants nodes of them, if he does within that time.
Moment Search::held_until(const std::vector<NodeIndex>& nodes, Moment from, Moment length) const {
  Moment last = from;
  for (const Hold& hold : held_) {
    const Moment begin = hold.now.take.units > 0 || hold.now.take.whole ? 0 : hold.later.from;
    if (begin < from + length && from < hold.later.until && std::ranges::binary_search(nodes, hold.now.node))
      last = std::max(last, hold.later.until);
  }
  return last;
}

// The first moment from then on at which no job is in the units of those nodes for so long; never: there is none.
Moment Search::units_free_from(const Topology& topology, const std::vector<Booking>& bookings, Moment length,
                               Moment from) const {
  RoomNeed alone;
  alone.take.whole = true;
  const std::vector<NodeIndex> nodes = units_of(view_, topology, nodes_of(bookings));
  Moment latest = held_until(nodes, from, length);
  for (const NodeIndex node : nodes) {
    if (calendar_->empty()[node.value].divided || !calendar_->empty()[node.value].available) continue;
    const auto window = calendar_->window(node, alone, length, from);
    if (!window) return never;
    latest = std::max(latest, window->first);
  }
  return latest;
}

// On units that nobody is in: of those that are free now, if that will do.
std::optional<std::vector<Booking>> Search::free_units(const Request& request, const Shape& shape,
                                                       const Topology& topology) const {
  const NodePool& pool = shape.pool->nodes;
  Offer offer;
  std::vector<const NodeRoom*> rooms;
  std::vector<std::uint64_t> marks;
  for (std::size_t rank = 0; rank < pool.rooms.size(); ++rank) {
    const OpenTimes* open = pool.open_times(rank);
    const NodeIndex node = pool.rooms[rank]->node;
    if (!is_unit_free(view_, topology, spaces_, node) || (open && !open->front().lasts(0, request.length))) continue;
    if (!held_.empty() && held_until(units_of(view_, topology, {node}), 0, request.length) > 0) continue;
    rooms.push_back(pool.rooms[rank]);
    if (!pool.marks.empty()) marks.push_back(pool.marks[rank]);
    if (rank < pool.required) ++offer.required;
  }
  if (offer.required < pool.required) return {};
  offer.rooms = rooms;
  offer.marks = marks;
  offer.topology = pool.topology;
  const auto chosen = choose(shape.demand, offer);
  const auto* list = std::get_if<std::vector<Chosen>>(&chosen);
  if (!list) return {};
  std::vector<Booking> bookings;
  for (const Chosen& one : *list) {
    const NodeRoom& room = *rooms[one.place];
    bookings.push_back({room.node, 0, request.length, take_of(shape.demand, room, one)});
  }
  return bookings;
}

// With the units that its nodes are in, from then on at the earliest.
std::optional<Slot> Search::slot_alone(const Request& request, Shape& shape, const Alone& how, Moment from) {
  constexpr int rounds = 20;
  if (!calendar_) open_calendar();
  const auto with_units = [&](Slot slot) {
    for (const NodeIndex node : units_of(view_, how.topology, nodes_of(slot.bookings)))
      slot.alone.push_back({node, slot.start, std::min(forever, slot.start + request.length), take_of_unit()});
    return slot;
  };
  if (from == 0)
    if (auto now = free_units(request, shape, how.topology);
        now && units_free_from(how.topology, *now, request.length, 0) == 0)
      return with_units({0, std::move(*now), {}});
  from = std::max<Moment>(1, from);
  for (int round = 0; round < rounds; ++round) {
    auto slot = ask(request, shape, from, how.horizon);
    if (!slot) break;
    const Moment free = units_free_from(how.topology, slot->bookings, request.length, slot->start);
    if (free == slot->start) return with_units(std::move(*slot));
    if (free > how.horizon) break;
    from = free;
  }
  return {};
}

Search::Found Search::place_alone(const Request& request, Shape& shape, const Alone& how) {
  auto slot = slot_alone(request, shape, how, 0);
  if (!slot || slot->start > 0) return slot;
  const std::vector<Booking> closed = std::move(slot->alone);
  auto allocation = take(request, shape, std::move(slot->bookings));
  if (!allocation) return std::optional<Slot>();
  for (const Booking& booking : closed) {
    spaces_[booking.node.value].close();
    calendar_->add(booking);
    units_.taken.push_back(booking);
  }
  return std::move(*allocation);
}

}  // namespace slurmxx
