// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What the planner does for jobs that wait.
#include "core/schedule/obstacles.h"
#include "core/schedule/planner.h"

namespace slurmxx {

// With the licences that it takes, which its other components find gone.
std::optional<RoomMaker::Made> Planner::make_for_component(const PendingJob& pending, const Search::Request& request) {
  if (const auto counts = licenses_.offered(*request.spec, request.length)) {
    licenses_.take(*request.spec, counts->counts, request.length);
    if (auto slot = search_.earliest(request, 0, 0)) return RoomMaker::Made{{}, std::move(*slot)};
    return room_maker_.make_room(pending, request);
  }
  if (!view_.preemption->tuning.reclaim_licenses) return {};
  for (LicensePlan::Way& way : licenses_.ways(*request.spec, request.length))
    if (auto made = room_maker_.reclaim(pending, request, std::move(way.missing))) {
      licenses_.take(*request.spec, way.there, request.length);
      return made;
    }
  return {};
}

// Each component gets room that is there, or that others make for it; else all is as before.
bool Planner::make_room_together(const PlanEntry& entry, std::uint32_t followers) {
  if (!view_.preemption) return false;
  Search::Mark mark = search_.mark();
  const RoomMaker::Mark chosen = room_maker_.mark();
  const LicensePlan licenses = licenses_;
  std::vector<Preempted> victims;
  std::vector<Slot> slots;
  apart_.begin();
  for (std::uint32_t place = entry.pending; place <= entry.pending + followers; ++place) {
    const PendingJob& pending = view_.pending[place];
    const bool leads = place == entry.pending;
    const Search::Request request = request_of(pending, leads ? entry.partition : own_partition(*pending.job->spec));
    const bool may =
        !own_obstacle(pending, now_) && !partition_obstacle(*request.spec, view_.partitions[request.partition]);
    std::optional<RoomMaker::Made> made;
    if (may) made = make_for_component(pending, request);
    if (!made) {
      search_.undo(std::move(mark));
      room_maker_.undo(chosen);
      licenses_ = licenses;
      return false;
    }
    search_.set_aside(made->slot);
    apart_.take(made->slot.bookings);
    victims.insert(victims.end(), made->victims.begin(), made->victims.end());
    slots.push_back(std::move(made->slot));
  }
  licenses_ = licenses;  // what waits holds none
  for (std::uint32_t i = 0; i < slots.size(); ++i) expect(entry.pending + i, slots[i]);
  std::sort(victims.begin(), victims.end(), [](const auto& a, const auto& b) { return a.job < b.job; });
  if (!victims.empty()) decisions_.push_back(Preempt{view_.pending[entry.pending].job->id, std::move(victims)});
  return true;
}

// A node of --nodelist that is not there says more than who is ahead.
SharedReason Planner::unless_unavailable(const PendingJob& pending, std::uint32_t part, const SharedReason& blocked) {
  if (pending.job->spec->placement.nodes_required.empty()) return blocked;
  const SharedReason& own = search_.refusal(request_of(pending, part)).reason;
  return own->code == ReasonCode::nodes_not_available ? own : blocked;
}

// With assoc_limit_stop nobody behind it starts in this partition.
SharedReason Planner::limited(const PendingJob& pending, std::uint32_t part, Reason reason) {
  if (policies_.assoc_limit_stop)
    stopped_[part] = std::make_shared<const Reason>(
        Reason{ReasonCode::priority, {}, {}, "is ahead of it, at a limit", {}, pending.job->id});
  return reasons_.share(std::move(reason));
}

// With bf_licenses some are set aside for it, together with the room.
SharedReason Planner::lacks_licenses(std::uint32_t place, const Search::Request& request, bool reserving, Later later) {
  const JobSpec& spec = *request.spec;
  if (later == Later::set_aside && reclaim_licenses(place, request)) return wants_licenses(spec);
  if (reserving && backfill_->licenses)
    if (const auto found = earliest(request))
      set_aside(place, static_cast<std::uint32_t>(request.partition), found->slot, found->counts);
  return wants_licenses(spec);
}

// Where the job starts later it takes its licences then.
void Planner::set_aside_licensed(std::uint32_t place, const Slot& slot, const Search::Request& request,
                                 const LicenseCounts& licenses) {
  const auto part = static_cast<std::uint32_t>(request.partition);
  auto together = slot.start > 0 && !licenses.empty() ? earliest(request) : std::nullopt;
  if (together)
    set_aside(place, part, together->slot, together->counts);
  else
    set_aside(place, part, slot, licenses);
}

SharedReason Planner::wants_licenses(const JobSpec& spec) {
  return reasons_.share({ReasonCode::licenses, {}, {}, "it asks for " + spec.labels.licenses});
}

// PreemptParameters=reclaim_licenses. False: those who hold them stay.
bool Planner::reclaim_licenses(std::uint32_t place, const Search::Request& request) {
  if (!view_.preemption || !view_.preemption->tuning.reclaim_licenses) return false;
  const PendingJob& pending = view_.pending[place];
  for (LicensePlan::Way& way : licenses_.ways(*request.spec, request.length))
    if (take_made(place, room_maker_.reclaim(pending, request, std::move(way.missing)))) {
      licenses_.take(*request.spec, way.there, request.length);  // nobody behind it takes the rest meanwhile
      return true;
    }
  return false;
}

// Who is in the way goes, and the room is kept for the job. False: none was made.
bool Planner::take_made(std::uint32_t place, std::optional<RoomMaker::Made> made) {
  if (!made) return false;
  if (!made->victims.empty()) decisions_.push_back(Preempt{view_.pending[place].job->id, std::move(made->victims)});
  search_.set_aside(made->slot);
  expect(place, made->slot);
  return true;
}

// Room, and with bf_licenses the licences that go with it.
std::optional<LicensePlan::Found> Planner::earliest(const Search::Request& request) {
  if (backfill_->licenses && !request.spec->labels.licenses.empty())
    return licenses_.earliest(*request.spec, request.length,
                              [&](Moment from) { return search_.earliest(request, from, horizon()); });
  auto slot = search_.earliest(request, 0, horizon());
  return slot ? std::optional(LicensePlan::Found{std::move(*slot), {}}) : std::nullopt;
}

// False: no job can make room for it.
bool Planner::make_room(std::uint32_t place, const Search::Request& request) {
  if (!view_.preemption || !search_.refusal(request).waits_for_room) return false;
  for (const Search::Request& way : search_.ways(request))
    if (way.need == 0 && take_made(place, room_maker_.make_room(view_.pending[place], way))) return true;
  return false;
}

// What the job that waits for room tells those behind it. Who asks for a reservation stands in a queue of its own.
SharedReason& Planner::blocked_by(const JobSpec& spec, std::uint32_t part) {
  if (spec.labels.reservation.empty()) return blocked_[part];
  return blocked_in_[{part, spec.labels.reservation}];
}

// The first job of a partition that waits for room: what comes behind it has to wait as well, or to pass it.
SharedReason Planner::block(const PendingJob& pending, const Search::Request& request) {
  const Search::Refusal& refusal = search_.refusal(request);
  if (apart_.any_taken() && !refusal.waits_for_room && !refusal.waits_for_time)
    return reasons_.share({ReasonCode::resources, {}, {}, "no node is left for it beside its other components"});
  if (refusal.waits_for_room) {
    blocks_ = true;
    const Reason behind{ReasonCode::priority, {}, {}, "is ahead of it", {}, pending.job->id};
    blocked_by(*request.spec, request.partition) = std::make_shared<const Reason>(behind);
  }
  return refusal.reason;
}

void Planner::set_aside(std::uint32_t place, std::uint32_t part, const Slot& slot, const LicenseCounts& licenses) {
  search_.set_aside(slot);
  if (!slot.bookings.empty()) licenses_.set_aside(licenses, slot.start, slot.bookings.front().until);
  limits_->count_reserved(part);
  expect(place, slot);
}

// Of an array whose first task waits: for some of the others as well.
void Planner::set_aside_tasks(const PlanEntry& entry, std::uint32_t others) {
  const PendingJob& pending = view_.pending[entry.pending];
  others = std::min(others, std::max(1u, backfill_->max_job_array_resv) - 1);
  for (; others > 0 && limits_->may_reserve(pending, entry.partition, now_); --others) {
    const auto found = earliest(request_of(pending, entry.partition));
    if (!found) return;
    set_aside(entry.pending, entry.partition, found->slot, found->counts);
  }
}

void Planner::expect(std::uint32_t place, const Slot& slot) {
  std::shared_ptr<const Expectation>& known = verdicts_[place].expected;
  Expectation found{now_ + Seconds(slot.start), {}};
  if (known && known->start <= found.start) return;
  found.nodes = search_.real_nodes_of(slot);
  known = std::make_shared<const Expectation>(std::move(found));
}

bool Planner::set_aside_together(const PlanEntry& entry, const Apart::Order& order) {
  const auto request = [&](std::uint32_t i) {
    const PendingJob& pending = view_.pending[entry.pending + i];
    return request_of(pending, i == 0 ? entry.partition : own_partition(*pending.job->spec));
  };
  const auto slots = search_together(search_, apart_, {order, request, horizon()});
  for (std::uint32_t i = 0; slots && i < slots->size(); ++i) expect(entry.pending + i, (*slots)[i]);
  return slots.has_value();
}

}  // namespace slurmxx
