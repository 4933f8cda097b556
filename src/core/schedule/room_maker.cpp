// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/room_maker.h"

#include <algorithm>

namespace slurmxx {

// It gives its nodes back without being told.
bool RoomMaker::leaves(const Job& job) const { return !job.runs() || job.is_preempted() || chosen_.contains(job.id); }

std::uint32_t RoomMaker::tier_of(const std::string& partition) const {
  const PlanPartition* found = view_.find_partition(partition);
  return found ? found->priority_tier : UINT32_MAX;
}

// A heterogeneous job is left alone: it goes as a whole or not at all.
void RoomMaker::add_job(std::size_t running, const PreemptRules::Side& preemptor, RoomQuestion& question) {
  const Job& job = *view_.running[running];
  const auto chosen = chosen_.find(job.id);
  const bool stays_there = chosen != chosen_.end() && chosen->second == PreemptMode::suspend;
  if (!job.allocation || (leaves(job) && !stays_there)) return;
  const PreemptRules& rules = *view_.preemption;
  const auto& priorities = view_.running_priorities;
  const PreemptRules::Side side{&job, tier_of(job.allocation->partition),
                                priorities.empty() ? job.priority.value_or(0) : priorities.at(running)};
  const auto verdict = job.spec->het || stays_there ? std::nullopt : rules.verdict(preemptor, side, now_);
  MayGo may_go{&job, {}, 0, side.priority, {}};
  for (const NodeShare& share : job.allocation->shares) {
    const auto& place = place_of_[share.node.value];
    if (!place) continue;
    RoomTake take = search_.take_of_share(job, share);
    RoomTake after = take;
    after.units = 0;
    after.whole = false;
    after.aside = true;
    after.which.clear();
    if (verdict)
      may_go.shares.push_back({*place, std::move(take), std::move(after)});
    else
      question.rooms[*place].free.take(stays_there ? after : take);
  }
  if (may_go.shares.empty()) return;
  may_go.mode = verdict->mode;
  may_go.level = verdict->level;
  question.jobs.push_back(std::move(may_go));
}

void RoomMaker::take_what_was_planned(RoomQuestion& question, Moment length) {
  for (const auto* bookings : {&search_.started_, &search_.aside_})
    for (const Booking& booking : *bookings)
      if (const auto& place = place_of_[booking.node.value]; place && booking.from < length)
        question.rooms[*place].free.take(booking.take);
}

RoomQuestion RoomMaker::question_for(const PendingJob& pending, const Search::Request& request,
                                     const Search::Shape& shape) {
  RoomQuestion question;
  question.demand = &shape.demand;
  question.tuning = view_.preemption->tuning;
  place_of_.assign(view_.nodes.size(), std::nullopt);
  const NodePool& pool = shape.pool->nodes;
  for (std::size_t rank = 0; rank < pool.rooms.size(); ++rank) {
    const NodeRoom& room = *pool.rooms[rank];
    const OpenTimes* open = pool.open_times(rank);
    const bool usable = !open || open->front().lasts(0, request.length);
    if (!usable && rank >= pool.required) continue;
    place_of_[room.node.value] = question.rooms.size();
    question.rooms.push_back(search_.empty()[room.node.value]);
    NodeRoom& empty = question.rooms.back();
    empty.available = room.available && usable && !view_.nodes[room.node.value]->condition.clearing;
  }
  question.required = pool.required;
  const PlanPartition& partition = view_.partitions[request.partition];
  const PreemptRules::Side preemptor{pending.job, partition.priority_tier, pending.priority};
  for (std::size_t i = 0; i < view_.running.size(); ++i) add_job(i, preemptor, question);
  take_what_was_planned(question, request.length);
  return question;
}

Seconds RoomMaker::delay_of(const std::vector<Preempted>& victims) const {
  Seconds delay(0);
  for (const Job* job : view_.running) {
    const auto is_it = [&](const Preempted& one) { return one.job == job->id; };
    if (std::any_of(victims.begin(), victims.end(), is_it))
      delay = std::max(delay, view_.preemption->grace_of(*job));
    else if (job->is_preempted() && job->kill->due)
      delay = std::max(delay, *job->kill->due - now_);
  }
  return delay;
}

std::optional<RoomMaker::Made> RoomMaker::make_room(const PendingJob& pending, const Search::Request& request) {
  if (!view_.preemption || view_.preemption->type == PreemptType::none) return {};
  if (units_alone(*request.spec, view_.partitions[request.partition])) return {};
  const Search::Shape& shape = search_.shape_of(request);
  if (shape.pool->none || shape.pool->nodes.rooms.empty()) return {};
  const bool by_qos = view_.preemption->type == PreemptType::qos;
  const std::tuple key(&shape, pending.job->spec->labels.qos, by_qos ? pending.priority : 0);
  if (in_vain_.contains(key)) return {};
  RoomQuestion question = question_for(pending, request, shape);
  auto found = slurmxx::make_room(question);
  if (!found) {
    in_vain_.insert(key);
    return {};
  }
  Made made;
  for (const std::size_t place : found->going)
    made.victims.push_back({question.jobs[place].job->id, question.jobs[place].mode});
  std::sort(made.victims.begin(), made.victims.end(), [](const auto& a, const auto& b) { return a.job < b.job; });
  for (const Preempted& victim : made.victims) chosen_.emplace(victim.job, victim.mode);
  const auto delay =
      static_cast<Moment>(std::min<std::int64_t>(delay_of(made.victims).value, forever - request.length));
  made.slot.start = delay;
  for (const Chosen& one : found->nodes) {
    const NodeRoom& room = found->rooms[one.place];
    made.slot.bookings.push_back(
        {room.node, 0, std::min(forever, delay + request.length), take_of(shape.demand, room, one)});
  }
  return made;
}

}  // namespace slurmxx
