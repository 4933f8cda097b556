// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Who may go is looked up once for all preemptors of a tier or QOS. Most questions are answered by the nodes as they
// would be if all of those went.
#include "core/schedule/room_maker.h"

#include <algorithm>

#include "core/schedule/lone_units.h"

namespace slurmxx {

// It gives its nodes back without being told.
bool RoomMaker::leaves(const Job& job) const { return !job.runs() || job.is_preempted() || chosen_.contains(job.id); }

std::uint32_t RoomMaker::tier_of(const std::string& partition) const {
  const PlanPartition* found = view_.find_partition(partition);
  return found ? found->priority_tier : UINT32_MAX;
}

PreemptRules::Side RoomMaker::side_of(std::size_t running) const {
  const Job& job = *view_.running[running];
  const auto& priorities = view_.running_priorities;
  return {&job, tier_of(job.allocation->partition),
          priorities.empty() ? job.priority.value_or(0) : priorities.at(running)};
}

// All components of a heterogeneous job go, or none; the strongest way of any of them is that of all.
std::optional<PreemptRules::Verdict> RoomMaker::verdict_on(const std::vector<std::size_t>& together,
                                                           const PreemptRules::Side& preemptor) const {
  std::optional<PreemptRules::Verdict> common;
  for (const std::size_t running : together) {
    const auto verdict = view_.preemption->verdict(preemptor, side_of(running), now_);
    if (!verdict) return {};
    if (!common) common = verdict;
    common->mode = std::max(common->mode, verdict->mode);
    common->level = std::max(common->level, verdict->level);
  }
  return common;
}

// What a job that is suspended keeps of it.
static RoomTake standing_still(RoomTake take) {
  take.units = 0;
  take.whole = false;
  take.aside = true;
  take.which.clear();
  return take;
}

void RoomMaker::add_jobs(const std::vector<std::size_t>& together, const PreemptRules::Side& preemptor,
                         Standing& all) const {
  std::vector<std::size_t> staying;
  for (const std::size_t running : together) {
    const Job& job = *view_.running[running];
    const auto chosen = chosen_.find(job.id);
    const bool stays_there = chosen != chosen_.end() && chosen->second == PreemptMode::suspend;
    if (!leaves(job)) staying.push_back(running);
    for (const NodeShare& share : stays_there ? job.allocation->shares : std::vector<NodeShare>()) {
      all.rooms[share.node.value].free.take(standing_still(search_.take_of_share(job, share)));
    }
  }
  if (staying.empty()) return;
  const auto verdict = verdict_on(staying, preemptor);
  MayGo may_go{.job = view_.running[staying.front()]};
  for (const std::size_t running : staying) {
    const Job& job = *view_.running[running];
    if (&job != may_go.job) may_go.others.push_back(job.id);
    may_go.priority = std::max(may_go.priority, side_of(running).priority);
    for (const NodeShare& share : job.allocation->shares) {
      RoomTake take = search_.take_of_share(job, share);
      if (!verdict)
        all.rooms[share.node.value].free.take(take);
      else if (verdict->mode == PreemptMode::suspend)
        may_go.shares.push_back({share.node.value, take, standing_still(take)});
      else
        may_go.shares.push_back({share.node.value, take});
    }
    for (const NodeIndex node : job.without_cpus() ? std::vector<NodeIndex>() : units_held(view_, job)) {
      if (verdict)
        may_go.shares.push_back({node.value, take_of_unit()});
      else
        all.rooms[node.value].free.take(take_of_unit());
    }
  }
  if (!verdict || may_go.shares.empty()) return;
  may_go.mode = verdict->mode;
  may_go.level = verdict->level;
  all.jobs.push_back(std::move(may_go));
}

RoomMaker::Standing RoomMaker::stand(const PreemptRules::Side& preemptor) const {
  Standing all;
  all.rooms = search_.empty();
  std::map<JobId, std::vector<std::size_t>> components;  // by leader
  for (std::size_t i = 0; i < view_.running.size(); ++i) {
    const Job& job = *view_.running[i];
    if (!job.allocation) continue;
    if (job.spec->het)
      components[job.spec->het->leader].push_back(i);
    else
      add_jobs({i}, preemptor, all);
  }
  for (const auto& [leader, together] : components) add_jobs(together, preemptor, all);
  std::ranges::sort(all.jobs,
                    [&](const MayGo& a, const MayGo& b) { return goes_before(a, b, view_.preemption->tuning); });
  all.emptied = all.full = all.rooms;
  all.on_node.resize(all.rooms.size());
  for (std::size_t place = 0; place < all.jobs.size(); ++place) {
    const MayGo& one = all.jobs[place];
    all.place_of.emplace(one.job->id, place);
    for (const MayGo::Share& share : one.shares) {
      if (auto& there = all.on_node[share.room]; there.empty() || there.back() != place) there.push_back(place);
      all.full[share.room].free.take(share.now);
      if (share.after) all.emptied[share.room].free.take(*share.after);
    }
  }
  return all;
}

// After one of its jobs was told to go.
void RoomMaker::Standing::count(std::size_t node) {
  full[node] = rooms[node];
  for (const std::size_t place : on_node[node])
    for (const MayGo::Share& share : jobs[place].shares)
      if (!jobs[place].gone && share.room == node) full[node].free.take(share.now);
}

RoomMaker::Key RoomMaker::key_of(const PendingJob& pending, const PlanPartition& partition) const {
  const bool by_qos = view_.preemption->type == PreemptType::qos;
  return {by_qos ? 0 : partition.priority_tier, by_qos ? pending.job->spec->labels.qos : "",
          by_qos ? pending.priority : 0};
}

RoomMaker::Standing& RoomMaker::standing_for(const PendingJob& pending, const PlanPartition& partition) {
  const auto [place, is_new] = standings_.try_emplace(key_of(pending, partition));
  if (is_new) place->second = stand({pending.job, partition.priority_tier, pending.priority});
  return place->second;
}

bool RoomMaker::is_usable(const NodePool& pool, std::size_t rank, Moment length) const {
  const OpenTimes* open = pool.open_times(rank);
  return !open || open->front().lasts(0, length);
}

// What this pass has started or set aside, and what is held for jobs that stand aside.
template <class Visit>
void RoomMaker::visit_planned(Moment length, const Visit& visit) const {
  for (const auto* bookings : {&search_.started_, &search_.aside_})
    for (const Booking& booking : *bookings)
      if (const auto& place = place_of_[booking.node.value]; place && booking.from < length)
        visit(*place, booking.take);
  for (std::size_t i = search_.units_.before; i < search_.units_.taken.size(); ++i)
    if (const auto& place = place_of_[search_.units_.taken[i].node.value]) visit(*place, take_of_unit());
  for (const Search::Hold& hold : search_.held_)
    if (const auto& place = place_of_[hold.now.node.value])
      visit(*place, hold.later.from < length ? hold.later.take : hold.now.take);
}

// Nodes that share units with those it could have.
void RoomMaker::add_units() {
  for (const NodeIndex node : units_of(view_, *alone_, placed_)) {
    if (place_of_[node.value]) continue;
    place_of_[node.value] = placed_.size();
    placed_.push_back(node);
    if (!marks_.empty()) marks_.push_back(0);
  }
}

// By number; empty: it does not want them to itself.
std::vector<std::size_t> RoomMaker::units_of_places() const {
  std::map<NodeIndex, std::size_t> known;  // by their first nodes
  std::vector<std::size_t> units;
  for (const NodeIndex node : alone_ ? placed_ : std::vector<NodeIndex>())
    units.push_back(known.try_emplace(units_of(view_, *alone_, {node}).front(), known.size()).first->second);
  return units;
}

// Who stands aside is no job there, but will want it back.
void RoomMaker::take_planned(const RoomTake& take, FreeRoom& free) const {
  free.take(take);
  if (alone_ && take.aside && take.units > 0) free.closed = true;
}

void RoomMaker::find_places(const Search::Request& request, const Search::Shape& shape) {
  const NodePool& pool = shape.pool->nodes;
  place_of_.resize(view_.nodes.size());
  for (const NodeIndex node : placed_) place_of_[node.value].reset();
  placed_.clear();
  marks_.clear();
  for (std::size_t rank = 0; rank < pool.rooms.size(); ++rank) {
    if (rank >= pool.required && !is_usable(pool, rank, request.length)) continue;
    place_of_[pool.rooms[rank]->node.value] = placed_.size();
    placed_.push_back(pool.rooms[rank]->node);
    if (!pool.marks.empty()) marks_.push_back(pool.marks[rank]);
  }
  offered_ = placed_.size();
  if (alone_) add_units();
}

// Whether it would have room if all went that may.
bool RoomMaker::could_ever(const Standing& standing, const Search::Request& request, const Search::Shape& shape) {
  std::map<std::size_t, NodeRoom> changed;
  visit_planned(request.length, [&](std::size_t place, const RoomTake& take) {
    NodeRoom& room = changed.try_emplace(place, standing.emptied[placed_[place].value]).first->second;
    take_planned(take, room.free);
  });
  const auto room_of = [&](std::size_t place) -> const NodeRoom& {
    const auto other = changed.find(place);
    return other == changed.end() ? standing.emptied[placed_[place].value] : other->second;
  };
  const std::vector<std::size_t> unit_of = units_of_places();
  const std::vector<bool> taken = taken_units(unit_of, [&](std::size_t place) { return &room_of(place).free; });
  std::vector<const NodeRoom*> offered;
  offered.reserve(placed_.size());
  const NodePool& pool = shape.pool->nodes;
  for (std::size_t place = 0; place < offered_; ++place) {
    const NodeIndex node = placed_[place];
    const NodeRoom& room = room_of(place);
    const bool is_closed =
        (place < pool.required && !pool.rooms[place]->available) || (!taken.empty() && taken[unit_of[place]]);
    const bool is_there = room.available && !is_closed && !view_.nodes[node.value]->condition.clearing;
    if (place < pool.required && (!is_there || !is_usable(pool, place, request.length))) return false;
    offered.push_back(is_there ? &room : &closed_);
  }
  const auto chosen = slurmxx::choose(shape.demand, {offered, pool.required, nullptr, pool.topology, marks_});
  return std::holds_alternative<std::vector<Chosen>>(chosen);
}

// Places of the first that have nodes where it could run; `concerned`: those nodes, and the others of these jobs.
std::vector<std::size_t> RoomMaker::first_to_go(const Standing& standing, std::size_t jobs_max,
                                                std::vector<bool>& concerned) const {
  std::vector<std::size_t> going;
  for (std::size_t i = 0; i < standing.jobs.size() && going.size() < jobs_max; ++i) {
    const MayGo& one = standing.jobs[i];
    const auto is_there = [&](const MayGo::Share& share) { return place_of_[share.room].has_value(); };
    if (one.gone || std::ranges::none_of(one.shares, is_there)) continue;
    going.push_back(i);
    for (const MayGo::Share& share : one.shares) concerned[share.room] = true;
  }
  return going;
}

// While all are there but these; rising.
NodeRoom RoomMaker::Standing::without(std::size_t node, const std::vector<std::size_t>& going) const {
  NodeRoom room = rooms[node];
  for (const std::size_t place : on_node[node])
    for (const MayGo::Share& share : jobs[place].shares)
      if (share.room == node && !jobs[place].gone && !std::ranges::binary_search(going, place))
        room.free.take(share.now);
  return room;
}

// With the first of those that may go. Nodes that have none of them and nothing free are of no use, whatever is asked
// for: they are left out where the others need not be neighbours.
RoomQuestion RoomMaker::question_for(const Standing& standing, const Search::Request& request,
                                     const Search::Shape& shape, std::size_t jobs_max) {
  RoomQuestion question;
  question.demand = &shape.demand;
  question.tuning = view_.preemption->tuning;
  const NodePool& pool = shape.pool->nodes;
  question.required = pool.required;
  question.topology = pool.topology;
  std::vector<bool> concerned(view_.nodes.size());
  const std::vector<std::size_t> going = first_to_go(standing, jobs_max, concerned);
  const bool keeps_all = shape.demand.arrangement.contiguous || alone_;
  std::vector<NodeIndex> placed;
  for (std::size_t place = 0; place < placed_.size(); ++place) {
    const NodeIndex node = placed_[place];
    const bool required = place < pool.required;
    const NodeRoom& full = standing.full[node.value];
    if (!required && !keeps_all && !concerned[node.value] && full.lent.empty() && full.free.units == 0) {
      place_of_[node.value].reset();
      continue;
    }
    NodeRoom room = concerned[node.value] ? standing.without(node.value, going) : full;
    const bool usable = !required || is_usable(pool, place, request.length);
    const bool clearing = view_.nodes[node.value]->condition.clearing;
    room.available = room.available && usable && !clearing && place < offered_;
    room.free.closed = room.free.closed || clearing;
    if (!marks_.empty()) question.marks.push_back(marks_[place]);
    place_of_[node.value] = placed.size();
    placed.push_back(node);
    question.rooms.push_back(std::move(room));
  }
  placed_ = std::move(placed);
  question.unit_of = units_of_places();
  visit_planned(request.length,
                [&](std::size_t place, const RoomTake& take) { take_planned(take, question.rooms[place].free); });
  for (const std::size_t i : going) question.jobs.push_back(in_places(standing.jobs[i]));
  return question;
}

// With what it has of nodes that have a place.
MayGo RoomMaker::in_places(const MayGo& one) const {
  MayGo here{one.job, one.others, one.mode, one.level, one.priority};
  for (const MayGo::Share& share : one.shares)
    if (const auto& place = place_of_[share.room]) here.shares.push_back({*place, share.now, share.after});
  return here;
}

// Mostly the first who may go are enough: the shortest beginning of the list that will do is the same then.
std::optional<RoomMade> RoomMaker::search_for_room(const Standing& standing, const Search::Request& request,
                                                   const Search::Shape& shape, RoomQuestion& question) {
  constexpr std::size_t first = 1000, more = 10;
  bool possible = false;
  for (std::size_t jobs_max = first;; jobs_max *= more) {
    find_places(request, shape);
    if (!possible && (jobs_max > first || standing.jobs.size() <= first)) {
      possible = could_ever(standing, request, shape);
      if (!possible) return {};
    }
    question = question_for(standing, request, shape, jobs_max);
    auto found = slurmxx::make_room(question);
    if (found || jobs_max >= standing.jobs.size()) return found;
  }
}

Seconds RoomMaker::delay_of(const std::vector<Preempted>& victims) {
  if (running_.empty())
    for (const Job* job : view_.running) {
      running_.emplace(job->id, job);
      if (job->is_preempted() && job->kill->due) leaving_ = std::max(leaving_, *job->kill->due - now_);
    }
  Seconds delay = leaving_;
  for (const Preempted& victim : victims) delay = std::max(delay, view_.preemption->grace_of(*running_.at(victim.job)));
  return delay;
}

// A standing that had counted on one of them is made anew.
void RoomMaker::choose(const std::vector<Preempted>& victims) {
  for (const Preempted& victim : victims) chosen_.emplace(victim.job, victim.mode);
  for (auto at = standings_.begin(); at != standings_.end();) {
    Standing& standing = at->second;
    std::size_t found = 0;
    for (const Preempted& victim : victims) {
      const auto place = standing.place_of.find(victim.job);
      if (place == standing.place_of.end() || standing.jobs[place->second].mode != victim.mode) continue;
      MayGo& one = standing.jobs[place->second];
      one.gone = true;
      found += 1 + one.others.size();
      for (const MayGo::Share& share : one.shares)
        if (share.after) standing.rooms[share.room].free.take(*share.after);
      for (const MayGo::Share& share : one.shares) standing.count(share.room);
    }
    at = found == victims.size() ? std::next(at) : standings_.erase(at);
  }
}

void RoomMaker::undo(const Mark& mark) {
  claimed_ = mark.claimed;
  if (chosen_.size() == mark.chosen.size()) return;
  chosen_ = mark.chosen;
  standings_.clear();
  in_vain_.clear();
}

std::optional<RoomMaker::Made> RoomMaker::make_room(const PendingJob& pending, const Search::Request& request) {
  if (!view_.preemption || view_.preemption->type == PreemptType::none) return {};
  const PlanPartition& partition = view_.partitions[request.partition];
  alone_ = units_alone(*request.spec, partition);
  const Search::Shape& shape = search_.shape_of(request);
  if (shape.pool->none || shape.pool->nodes.rooms.empty()) return {};
  const std::pair key(&shape, key_of(pending, partition));
  if (in_vain_.contains(key)) return {};
  const Standing& standing = standing_for(pending, partition);
  RoomQuestion question;
  const auto found = search_for_room(standing, request, shape, question);
  if (!found) {
    in_vain_.insert(key);
    return {};
  }
  Made made;
  for (const std::size_t place : found->going) {
    const MayGo& one = question.jobs[place];
    made.victims.push_back({one.job->id, one.mode});
    for (const JobId other : one.others) made.victims.push_back({other, one.mode});
  }
  std::sort(made.victims.begin(), made.victims.end(), [](const auto& a, const auto& b) { return a.job < b.job; });
  choose(made.victims);
  const auto delay =
      static_cast<Moment>(std::min<std::int64_t>(delay_of(made.victims).value, forever - request.length));
  made.slot.start = delay;
  for (const Chosen& one : found->nodes) {
    const NodeRoom& room = found->rooms[one.place];
    made.slot.bookings.push_back(
        {room.node, 0, std::min(forever, delay + request.length), take_of(shape.demand, room, one)});
  }
  if (alone_)
    for (const NodeIndex node : units_of(view_, *alone_, nodes_of(made.slot.bookings)))
      made.slot.alone.push_back({node, 0, std::min(forever, delay + request.length), take_of_unit()});
  return made;
}

}  // namespace slurmxx
