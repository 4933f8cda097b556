// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/search.h"

#include <algorithm>

#include "base/check.h"
#include "core/hostlist/hostlist.h"
#include "core/model/node_state.h"
#include "core/reserve/reserve.h"
#include "core/schedule/demand.h"
#include "core/schedule/node_order.h"
#include "core/schedule/node_parts.h"
#include "core/schedule/node_spaces.h"
#include "core/schedule/obstacles.h"
#include "core/schedule/shape_key.h"

namespace slurmxx {

static SharedReason share(Reason reason) { return std::make_shared<const Reason>(std::move(reason)); }

Search::Search(const ClusterView& view, const Policies& policies, Instant now)
    : view_(view), policies_(policies), now_(now), owners_(view), spaces_(spaces_of(view, policies, owners_)) {
  close_units();
  for (const Reservation* one : view.reservations) {
    const auto asks = [&](const PendingJob& pending) { return asks_for(*pending.job->spec, one->name); };
    if (one->times.max_start_delay && std::ranges::any_of(view.pending, asks)) wanted_.push_back(one);
  }
}

// What is left are nodes that are open to the job at some time.
void Search::leave_out_reserved(const Request& request, Pool& pool) const {
  const JobSpec& spec = *request.spec;
  const bool slots = policies_.backfill && policies_.backfill->allow_magnetic_slot;
  const Reservation* magnet = request.magnet > 0 ? magnets_of(spec).at(request.magnet - 1) : nullptr;
  pool.open = std::make_unique<OpenNodes>(view_.reservations, spec, now_, OpenNodes::Magnetism{slots, wanted_, magnet});
  std::vector<NodeIndex> kept;
  std::vector<std::uint64_t> marks;
  std::size_t required = 0;
  for (std::size_t i = 0; i < pool.found.nodes.size(); ++i) {
    const OpenNodes::Opening& opening = pool.open->of(pool.found.nodes[i]);
    if (opening.times.empty()) {
      if (!pool.left_out) pool.left_out = share(pool.open->reason(pool.open->obstacle(opening, forever)));
      continue;
    }
    kept.push_back(pool.found.nodes[i]);
    if (!pool.found.marks.empty()) marks.push_back(pool.found.marks[i]);
    if (i < pool.found.required) ++required;
  }
  if (!pool.none && (kept.empty() || required < pool.found.required)) pool.none = pool.left_out;
  pool.found.nodes = std::move(kept);
  pool.found.marks = std::move(marks);
  pool.found.required = required;
  own_reservations_first(view_, spec, now_, pool.found);
}

Search::Pool Search::make_pool(const Request& request, const FeatureNeed& need) {
  const JobSpec& spec = *request.spec;
  const PlanPartition& partition = view_.partitions[request.partition];
  Pool pool;
  auto found = candidates(view_, partition, spec, need);
  if (!found) {
    pool.none = share({ReasonCode::bad_constraints, {}, {}, text_of(found.error())});
    return pool;
  }
  if (found->nodes.empty()) pool.none = share({ReasonCode::bad_constraints, {}, {}, "no node has what it asks for"});
  keep_by_extra(view_, spec, *found);
  if (found->nodes.empty() && !pool.none) pool.none = share({ReasonCode::resources, {}, {}, extra_missing(spec)});
  if (policies_.pack_serial_at_end && is_serial(spec)) reverse_by_weight(view_, *found);
  pool.found = std::move(*found);
  if (!view_.reservations.empty()) leave_out_reserved(request, pool);
  pool.nodes.required = pool.found.required;
  bool always_open = true;
  for (std::size_t i = 0; i < pool.found.nodes.size(); ++i) {
    const NodeSpace& space = spaces_[pool.found.nodes[i].value];
    const bool closed = std::ranges::binary_search(pool.found.closed, space.index());
    // A node of --nodelist that is down is offered as it is and refused: the job must wait for it.
    if ((closed || !space.room().available) && i >= pool.found.required) continue;
    if (closed) pool.closed.push_back(space.room()), pool.closed.back().available = false;
    pool.nodes.rooms.push_back(closed ? &pool.closed.back() : &space.room());
    if (!pool.found.marks.empty()) pool.nodes.marks.push_back(pool.found.marks[i]);
    if (!pool.open) continue;
    pool.nodes.open.push_back(&pool.open->of(space.index()).times);
    always_open = always_open && pool.nodes.open.back()->front().is_always();
  }
  if (always_open) pool.nodes.open.clear();
  pool.nodes.topology = topology_for(spec, partition, policies_);
  return pool;
}

// What was found for those that still ask for few switches is no bound for those that do not.
const Search::Pool& Search::pool_of(const Request& request) {
  const JobSpec& spec = *request.spec;
  std::string key = candidates_key(spec) + reserve_key(view_.reservations, spec);
  if (request.any_switches) key += '\2';
  if (request.need > 0) key += '\3' + std::to_string(request.need);
  if (request.magnet > 0) key += '\b' + std::to_string(request.magnet);
  if (policies_.pack_serial_at_end && is_serial(spec)) key += '\4';
  if (view_.parts) key += parts_key(*view_.parts, spec);
  if (view_.filters_by_extra) key += extra_key(view_, spec);
  const auto [place, is_new] = pools_.try_emplace(Key(request.partition, std::move(key)));
  if (!is_new) return place->second;
  const FeatureNeeds& needs = needs_of(spec);
  if (request.need < needs.size())
    place->second = make_pool(request, needs[request.need]);
  else
    place->second.none = share({ReasonCode::bad_constraints, {}, {}, text_of(fail(Errc::invalid_feature))});
  return place->second;
}

Offer Search::offer_of(const Pool& pool, PlaceCursor* cursor) const {
  return {pool.nodes.rooms, pool.nodes.required, cursor, pool.nodes.topology, pool.nodes.marks};
}

std::string Search::key_of(const Request& request) const {
  const JobSpec& spec = *request.spec;
  std::string key = shape_key(spec, owners_.any_exclusive());
  if (request.any_switches) key += '\2';
  if (request.need > 0) key += '\3' + std::to_string(request.need);
  if (!view_.reservations.empty()) key += reserve_key(view_.reservations, spec) + '\1' + std::to_string(request.length);
  if (request.magnet > 0) key += '\b' + std::to_string(request.magnet);
  if (request.nodes_most > 0) key += '\v' + std::to_string(request.nodes_most);
  if (request.node_most) key += '\6' + tres_text(*request.node_most);
  if (view_.filters_by_extra) key += extra_key(view_, spec);
  return key;
}

Search::Shape& Search::shape_of(const Request& request) {
  if (last_shape_ && last_request_ == request) return *last_shape_;
  const std::size_t partition = request.partition;
  const JobSpec& spec = *request.spec;
  const auto [place, is_new] = shapes_.try_emplace(Key(partition, key_of(request)));
  Shape& shape = place->second;
  last_request_ = request;
  last_shape_ = &shape;
  if (!is_new) return shape;
  shape.pool = &pool_of(request);
  shape.demand = demand_in(spec, view_.partitions[partition], policies_);
  owners_.add_label(spec, shape.demand.owner);
  shape.demand.share.group = static_cast<std::uint32_t>(partition + 1);
  shape.demand.share.cap = cap_of(view_, view_.partitions[partition].name);
  include_required(shape.demand, spec, shape.pool->found.required);
  if (const FeatureNeeds& needs = needs_of(spec); request.need < needs.size()) {
    include_quotas(shape.demand, spec, needs[request.need]);
    if (needs[request.need].by_boot) take_nodes_whole(shape.demand);
  }
  if (request.any_switches) shape.demand.arrangement.switches_max = 0;
  if (request.node_most) shape.demand.terms.most = node_most_of(*request.node_most);
  if (request.nodes_most > 0) take_fewer_nodes(shape.demand, request.nodes_most);
  if (shape.demand.share.shares()) {
    shape.idle.emplace(IdleFirst{shape.demand});
    shape.idle->demand.share.most = 1;
  }
  if (shape.pool->none) shape.refused = Refusal{shape.pool->none};
  return shape;
}

// The first of its ways that goes now; else the earliest.
Search::Found Search::place_job(const Request& request, Moment horizon) {
  forbidden_.reset();
  if (view_.reservations.empty() && ways_of(request) <= 1) return place_one(request, horizon);
  std::optional<Slot> best;
  for (const Request& way : ways(request)) {
    Found found = place_one(way, horizon);
    auto* slot = std::get_if<std::optional<Slot>>(&found);
    if (!slot) return found;
    if (*slot && (!best || (*slot)->start < best->start)) best = std::move(*slot);
  }
  return best;
}

Search::Found Search::place_one(const Request& request, Moment horizon) {
  Shape& shape = shape_of(request);
  if (shape.pool->none) return std::optional<Slot>();
  if (const Topology* units = units_alone(*request.spec, view_.partitions[request.partition]))
    return place_alone(request, shape, {*units, horizon});
  if (!calendar_ && shape.pool->nodes.open.empty()) {
    if (auto allocation = place_now(request, shape)) return std::move(*allocation);
    return std::optional<Slot>();
  }
  auto slot = idle_now(request, shape);
  if (!slot) slot = ask(request, shape, 0, horizon);
  if (!slot || slot->start > 0) return slot;
  if (auto allocation = take(request, shape, std::move(slot->bookings))) return std::move(*allocation);
  return std::optional<Slot>();
}

// Of --batch: the first node that is fit for the script.
std::optional<NodeIndex> Search::batch_host_of(const JobSpec& spec, const Allocation& allocation) const {
  const std::string& features = spec.placement.batch_features;
  if (features.empty()) return {};
  for (const NodeShare& share : allocation.shares) {
    const auto is_fit = has_features(features, view_.nodes[share.node.value]->features_active);
    if (is_fit && *is_fit && share.node != allocation.shares.front().node) return share.node;
    if (is_fit && *is_fit) return {};
  }
  return {};
}

// Nothing: limits forbid it, and nothing is taken.
std::optional<Allocation> Search::take(const Request& request, const Shape& shape, std::vector<Booking> bookings) {
  const Demand& demand = shape.demand;
  Allocation allocation{view_.partitions[request.partition].name, {}, demand.whole_nodes};
  if (demand.share.shares()) allocation.jobs_per_core = demand.share.most;
  const bool by_boot = view_.boots && request.need < ways_of(request) && needs_of(*request.spec)[request.need].by_boot;
  if (by_boot || request.spec->placement.boot.first) allocation.boots = static_cast<std::uint32_t>(request.need + 1);
  allocation.shares.reserve(bookings.size());
  for (const Booking& booking : bookings)
    allocation.shares.push_back(
        spaces_[booking.node.value].share_of({booking.take, demand.choice, &demand.gres, &demand.terms.special}));
  if (request.judged && view_.limits)
    if (auto why = view_.limits->obstacle_of(*request.judged, view_.partitions[request.partition], allocation))
      forbidden_ = Forbidden{std::move(*why), std::move(allocation)};
  if (forbidden_) return {};
  for (std::size_t i = 0; i < bookings.size(); ++i) {
    Booking& booking = bookings[i];
    NodeSpace& space = spaces_[booking.node.value];
    space.take(booking.take, allocation.shares[i]);
    if (!space.room().lent.empty()) booking.take.which = space.units_of(allocation.shares[i]);
    if (calendar_) calendar_->add(booking);
    if (view_.parts) take_beside(booking, &allocation.shares[i]);
    started_.push_back(std::move(booking));
  }
  allocation.reservation = drawn_into(view_.reservations, *request.spec, {allocation.shares, now_});
  if (view_.parts)
    for (NodeShare& share : allocation.shares) share.node = view_.parts->node_of(share.node);
  allocation.batch_host = batch_host_of(*request.spec, allocation);
  return allocation;
}

std::optional<Slot> Search::earliest(const Request& request, Moment from, Moment horizon) {
  std::optional<Slot> best;
  for (const Request& one : ways(request)) {
    Shape& shape = shape_of(one);
    if (shape.pool->none) continue;
    const Topology* units = units_alone(*request.spec, view_.partitions[request.partition]);
    auto slot = units ? slot_alone(one, shape, {*units, horizon}, from) : ask(request, shape, from, horizon);
    if (slot && (!best || slot->start < best->start)) best = std::move(slot);
  }
  return best;
}

// What had no start has none later in the pass.
std::optional<Slot> Search::ask(const Request& request, Shape& shape, Moment from, Moment horizon) {
  for (const auto& [length, end] : shape.in_vain)
    if (length <= request.length && end >= horizon) return {};
  if (!calendar_) open_calendar();
  auto slot = forecast_->earliest({&shape.pool->nodes, &shape.demand, request.length, from, horizon});
  if (slot || from > 0) return slot;
  std::erase_if(shape.in_vain, [&](const auto& one) { return one.first >= request.length && one.second <= horizon; });
  shape.in_vain.emplace_back(request.length, horizon);
  return slot;
}

void Search::set_aside(const Slot& slot) {
  if (!calendar_) open_calendar();
  for (const Booking& booking : slot.bookings) {
    calendar_->add(booking);
    if (view_.parts) take_beside(booking, nullptr);
  }
  for (const Booking& booking : slot.alone) calendar_->add(booking);
  if (!view_.preemption) return;
  for (const auto* bookings : {&slot.bookings, &slot.alone})
    aside_.insert(aside_.end(), bookings->begin(), bookings->end());
}

// The nodes without jobs.
const std::vector<NodeRoom>& Search::empty() {
  for (std::size_t i = empty_.size(); i < view_.nodes.size(); ++i) {
    const NodeIndex node = spaces_[i].index();
    empty_.push_back(NodeSpace::empty(node, *view_.nodes[i], policies_.unit, view_.system_of(node)).room());
    empty_.back().available = spaces_[i].room().available;
    const NodeRoom& room = spaces_[i].room();
    if (!room.lent.empty() || !room.caps.empty()) empty_.back().empty_as(room);
  }
  return empty_;
}

void Search::open_calendar() {
  calendar_.emplace(empty());
  std::vector<Booking> running;
  for (const Job* job : view_.running) add_running(*job, running);
  calendar_->fill(running);
  for (const Booking& booking : units_.taken) calendar_->add(booking);
  for (const Hold& hold : held_) add(hold);
  for (const NodeSpace& space : spaces_)
    if (space.node().condition.clearing) calendar_->add({space.index(), 0, 1, {0, {}, true}});
  for (const Booking& booking : started_) {
    calendar_->add(booking);
    if (view_.parts) take_beside(booking, nullptr);
  }
  forecast_.emplace(*calendar_, alike_together(view_));
}

void Search::add(const Hold& hold) {
  if (hold.later.from > 0) calendar_->add(hold.now);
  calendar_->add(hold.later);
}

// A job that has had its time, or that only clears its nodes, may leave at any moment: in a second, say.
Moment Search::end_of(const Job& job) const {
  const std::optional<Instant> end = planned_end(job, policies_, now_);
  if (job.runs() && end) return static_cast<Moment>(std::clamp<std::int64_t>((*end - now_).value, 1, forever));
  return job.runs() ? forever : 1;
}

void Search::add_running(const Job& job, std::vector<Booking>& bookings) const {
  if (!job.allocation) return;
  const Moment until = end_of(job);
  for (const NodeShare& share : job.allocation->shares) {
    if (!job.runs() && std::find(job.unfinished.begin(), job.unfinished.end(), share.node) == job.unfinished.end())
      continue;
    bookings.push_back({share.node, 0, until, take_of_share(job, share)});
  }
}

RoomTake Search::take_of_share(const Job& job, const NodeShare& share) const {
  const NodeSpace& space = spaces_.at(share.node.value);
  const std::uint32_t threads = space.room().threads_per_unit;
  RoomTake take{
      (share.cpus + threads - 1) / threads,     share.memory, job.allocation->whole_nodes, false, owners_.of(job),
      slots_of(*space.room().pools, share.gres)};
  if (job.without_cpus()) {
    take.units = 0;
    take.whole = false;
    take.aside = !job.completing();
  } else if (!space.room().lent.empty()) {
    take.share = share_terms(view_, *job.allocation);
    take.which = space.units_of(share);
  }
  if (!space.room().caps.empty()) take.share.cap = cap_of(view_, job.allocation->partition);
  return take;
}

Search::Mark Search::mark() {
  if (calendar_) calendar_->mark();
  Mark mark{spaces_, {}, started_.size(), aside_.size(), units_.taken.size(), sets_aside()};
  for (const auto& [key, shape] : shapes_) mark.cursors.emplace(key, shape.cursor);
  return mark;
}

// The pools point to the nodes where they are. What was full since the mark may have room again.
void Search::undo(Mark mark) {
  std::move(mark.spaces.begin(), mark.spaces.end(), spaces_.begin());
  for (auto& [key, shape] : shapes_) {
    const auto known = mark.cursors.find(key);
    shape.cursor = known == mark.cursors.end() ? PlaceCursor{} : known->second;
    shape.full = false;
    if (shape.idle) shape.idle = IdleFirst{std::move(shape.idle->demand)};
    shape.in_vain.clear();
  }
  started_.resize(mark.started);
  aside_.resize(mark.aside);
  units_.taken.resize(mark.units);
  if (!mark.sets_aside) {
    forecast_.reset();
    calendar_.reset();
  } else {
    calendar_->undo();
    forecast_->forget();
  }
}

}  // namespace slurmxx
