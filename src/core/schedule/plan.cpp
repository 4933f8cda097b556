// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A long queue costs one look a job: nothing passes a job that waits for room, and reasons are shared.
#include "core/schedule/plan.h"

#include <algorithm>
#include <map>

#include "core/schedule/apart.h"
#include "core/schedule/backfill_limits.h"
#include "core/schedule/boot_features.h"
#include "core/schedule/least_limit.h"
#include "core/schedule/license_plan.h"
#include "core/schedule/main_depth.h"
#include "core/schedule/node_parts.h"
#include "core/schedule/obstacles.h"
#include "core/schedule/plan_entry.h"
#include "core/schedule/room_maker.h"
#include "core/schedule/search.h"
#include "core/schedule/slowdown_order.h"
#include "core/schedule/within_limits.h"

namespace slurmxx {
namespace {

using Verdict = PlanVerdict;

class Planner {
 public:
  Planner(const ClusterView& view, const Policies& policies, Instant now)
      : view_(view),
        policies_(policies),
        backfill_(policies.backfill),
        now_(now),
        search_(view, policies, now),
        apart_(view),
        room_maker_(view, search_, now),
        licenses_(view, policies, now),
        blocked_(view.partitions.size()),
        stopped_(view.partitions.size()),
        depth_(policies, view.partitions.size()),
        verdicts_(view.pending.size()) {
    if (backfill_) limits_.emplace(*backfill_);
    for (std::uint32_t i = 0; i < view.partitions.size(); ++i) partitions_.emplace(view.partitions[i].name, i);
  }

  std::vector<Decision> run() {
    decisions_.reserve(view_.pending.size());
    if (policies_.slowdown_order) slowdown_.emplace(view_, policies_, now_);
    std::vector<PlanEntry> entries = queue();
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const bool was_blocked = blocks_;
      consider(entries[i]);
      if (blocks_ && !was_blocked && slowdown_ && slowdown_->is_crowded()) sort_by_work(entries, i + 1);
    }
    for (const std::uint32_t pending : order_)
      if (Verdict& verdict = verdicts_[pending]; verdict.reason)
        decisions_.push_back(
            Wait{view_.pending[pending].job->id, std::move(verdict.reason), std::move(verdict.expected)});
    return std::move(decisions_);
  }

 private:
  std::vector<PlanEntry> queue() {
    std::vector<PlanEntry> entries;
    entries.reserve(view_.pending.size());
    for (std::uint32_t i = 0; i < view_.pending.size(); i += 1 + view_.pending[i].followers)
      if (!enqueue(i, entries))
        wait(i, reasons_.share({ReasonCode::partition_config, {}, {}, "none of its partitions exists"}));
    std::sort(entries.begin(), entries.end());
    return entries;
  }

  // Of a level: what passes the first that has to wait.
  void sort_by_work(std::vector<PlanEntry>& entries, std::size_t first) const {
    const auto begin = entries.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end =
        std::find_if(begin, entries.end(), [&](const PlanEntry& e) { return !e.is_level_with(entries[first - 1]); });
    std::vector<std::pair<double, PlanEntry>> order;
    for (auto one = begin; one != end; ++one)
      order.emplace_back(slowdown_->work(view_.pending[one->pending], view_.partitions[one->partition]), *one);
    std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    std::transform(order.begin(), order.end(), begin, [](auto& one) { return std::move(one.second); });
  }

  // False: none of its partitions exists.
  bool enqueue(std::uint32_t place, std::vector<PlanEntry>& entries) {
    const PendingJob& pending = view_.pending[place];
    const std::vector<std::string>& names = pending.job->spec->placement.partitions;
    std::uint32_t choice = 0;
    for (std::size_t named = 0; named < names.size(); ++named) {
      const auto found = partitions_.find(names[named]);
      if (found == partitions_.end()) continue;
      const bool first = pending.job->is_expediting();
      const std::uint32_t tier = first ? UINT32_MAX : view_.partitions[found->second].priority_tier;
      const std::uint32_t priority = pending.priorities.empty() ? pending.priority : pending.priorities.at(named);
      const auto rank = slowdown_ ? slowdown_->rank(pending, view_.partitions[found->second]) : SlowdownOrder::Rank();
      entries.push_back({pending.preempts, tier, rank, priority, pending.job->id, choice++, place, found->second});
    }
    return choice > 0;
  }

  void consider(const PlanEntry& entry) {
    Verdict& verdict = verdicts_[entry.pending];
    const PendingJob& pending = view_.pending[entry.pending];
    const std::uint32_t most = std::max(1u, pending.tasks);
    if (verdict.started == most) return;
    std::uint32_t* room = arrays_.room_of(pending);
    for (; verdict.started < most; ++verdict.started) {
      const bool full = room && *room == 0 && pending.tasks > 0;
      SharedReason reason = full ? reasons_.share({ReasonCode::array_task_limit, {}, {}, {}}) : try_start(entry);
      if (!reason && room) --*room;
      if (!reason) continue;
      wait(entry.pending, reason);
      if (verdict.expected && pending.tasks > 1 && limits_) set_aside_tasks(entry, most - verdict.started - 1);
      return;
    }
    verdict.reason.reset(), verdict.expected.reset();
    if (pending.more_tasks) wait(entry.pending, reasons_.share({ReasonCode::array_task_limit, {}, {}, {}}));
  }

  // A job and its followers wait for the same.
  void wait(std::uint32_t first, const SharedReason& reason) {
    for (std::uint32_t pending = first; pending <= first + view_.pending[first].followers; ++pending) {
      SharedReason& known = verdicts_[pending].reason;
      if (!known) order_.push_back(pending);
      if (is_better(reason, known)) known = reason;
    }
  }

  // Nothing: it was started.
  SharedReason try_start(const PlanEntry& entry) {
    const std::uint32_t followers = view_.pending[entry.pending].followers;
    if (followers > 0) {
      SharedReason reason = try_start_all(entry, followers);
      apart_.clear();
      return reason;
    }
    auto tried = try_one(entry.pending, entry.partition, Later::set_aside);
    if (auto* start = std::get_if<Start>(&tried)) {
      decisions_.push_back(std::move(*start));
      return {};
    }
    return std::get<SharedReason>(tried);
  }

  SharedReason try_start_all(const PlanEntry& entry, std::uint32_t followers) {
    SharedReason reason;
    for (const Apart::Order& order : Apart::orders(followers)) {
      Search::Mark mark = search_.mark();
      const LicensePlan licenses = licenses_;
      if (view_.limits) view_.limits->mark();
      const SharedReason lacking = try_together(entry, order);
      if (!lacking) return {};
      if (is_better(lacking, reason)) reason = lacking;
      search_.undo(std::move(mark));
      licenses_ = licenses;
      if (view_.limits) view_.limits->undo();
    }
    const JobSpec& spec = *view_.pending[entry.pending].job->spec;
    const auto set_aside = [&](const Apart::Order& order) { return set_aside_together(entry, order); };
    if (backfill_ && blocked_by(spec, entry.partition) && std::ranges::any_of(Apart::orders(followers), set_aside))
      limits_->count_reserved(entry.partition);
    return reason;
  }

  // The first in the entry's partition, the followers each in the first of its own that can. The first starts last:
  // where it runs, all run.
  SharedReason try_together(const PlanEntry& entry, const Apart::Order& order) {
    std::vector<Decision> starts(order.size());
    apart_.begin();
    for (const std::uint32_t i : order) {
      auto tried = i == 0 ? try_one(entry.pending, entry.partition, Later::no) : try_own_partitions(entry.pending + i);
      if (const auto* reason = std::get_if<SharedReason>(&tried)) return *reason;
      Start& start = std::get<Start>(tried);
      apart_.take(start.allocation.shares);
      starts[i == 0 ? order.size() - 1 : i - 1] = std::move(start);
    }
    std::move(starts.begin(), starts.end(), std::back_inserter(decisions_));
    return {};
  }

  std::variant<Start, SharedReason> try_own_partitions(std::uint32_t place) {
    SharedReason best;
    for (const std::string& name : view_.pending[place].job->spec->placement.partitions) {
      const auto found = partitions_.find(name);
      if (found == partitions_.end()) continue;
      auto tried = try_one(place, found->second, Later::no);
      if (std::holds_alternative<Start>(tried)) return tried;
      if (is_better(std::get<SharedReason>(tried), best)) best = std::get<SharedReason>(tried);
    }
    if (!best) best = reasons_.share({ReasonCode::partition_config, {}, {}, "none of its partitions exists"});
    return best;
  }

  enum class Later : std::uint8_t { no, set_aside };

  // Takes the room of what it starts; sets room aside for what waits, if backfill goes so far.
  std::variant<Start, SharedReason> try_one(std::uint32_t place, std::uint32_t part, Later later) {
    const PendingJob& pending = view_.pending[place];
    const PlanPartition& partition = view_.partitions[part];
    const JobSpec& spec = *pending.job->spec;
    if (auto reason = own_obstacle(pending, now_)) return reasons_.share(std::move(*reason));
    if (auto reason = partition_obstacle(spec, partition)) return reasons_.share(std::move(*reason));
    if (stopped_[part]) return stopped_[part];
    SharedReason& blocked = blocked_by(spec, part);
    if (auto reason = blocked ? std::nullopt : depth_.reached(part)) blocked = reasons_.share(std::move(*reason));
    if (blocked && !(limits_ && limits_->admit(pending, part))) return unless_unavailable(pending, part, blocked);
    if (view_.limits)
      if (auto reason = view_.limits->obstacle(*pending.job, partition)) return limited(pending, part, *reason);
    Search::Request request = request_of(pending, part);
    const bool reserving = later == Later::set_aside && may_reserve(place, part);
    const auto licenses = licenses_.offered(spec, request.length);
    if (!licenses) return lacks_licenses(place, request, reserving);
    auto [found, shortened, forbidden] =
        find_nodes(pending, request, reserving && search_.sets_aside() ? horizon() : 0);
    if (forbidden) return limited(pending, part, std::move(*forbidden));
    if (auto* allocation = std::get_if<Allocation>(&found)) {
      blocked ? limits_->count_start() : depth_.count_start();
      licenses_.take(spec, licenses->counts, request.length);
      const TimeLimit limit = shortened.value_or(time_limit_in(spec, partition));
      if (view_.limits) view_.limits->take(*pending.job, *allocation, limit);
      Start start{pending.job->id, std::move(*allocation), limit, {}};
      if (licenses->any_of) start.licenses = license_text(licenses->counts);
      return start;
    }
    SharedReason reason = blocked ? unless_unavailable(pending, part, blocked) : block(pending, request);
    if (later == Later::set_aside && make_room(place, request)) return search_.refusal(request).reason;
    if (!reserving || !(blocked || search_.refusal(request).waits_for_time)) return reason;
    auto& slot = std::get<std::optional<Slot>>(found);
    if (!slot) slot = search_.earliest(request, 0, horizon());
    if (const auto brief = with_least_limit(request))
      if (auto sooner = search_.earliest(*brief, 0, horizon()); sooner && (!slot || sooner->start < slot->start))
        slot = std::move(sooner);
    if (slot) set_aside(place, part, *slot, licenses->counts);
    return reason;
  }

  PlacedJob find_nodes(const PendingJob& pending, Search::Request& request, Moment until) {
    request.judged = pending.job;
    PlacedJob placed{search_.place_job(request, until)};
    if (backfill_ && !search_.forbidden() && !std::holds_alternative<Allocation>(placed.found))
      placed.shortened = start_shortened(search_, request, horizon(), placed.found);
    if (std::holds_alternative<Allocation>(placed.found) || !search_.forbidden()) return placed;
    placed.forbidden = search_.forbidden();
    place_within_limits(search_, view_, request, placed);
    return placed;
  }

  bool may_reserve(std::uint32_t place, std::uint32_t part) const {
    if (!limits_ || !limits_->may_reserve(view_.pending[place], part, now_)) return false;
    return !backfill_->one_resv_per_job || !verdicts_[place].expected;
  }

  // A node of --nodelist that is not there says more than who is ahead.
  SharedReason unless_unavailable(const PendingJob& pending, std::uint32_t part, const SharedReason& blocked) {
    if (pending.job->spec->placement.nodes_required.empty()) return blocked;
    const SharedReason& own = search_.refusal(request_of(pending, part)).reason;
    return own->code == ReasonCode::nodes_not_available ? own : blocked;
  }

  // With assoc_limit_stop nobody behind it starts in this partition.
  SharedReason limited(const PendingJob& pending, std::uint32_t part, Reason reason) {
    if (policies_.assoc_limit_stop)
      stopped_[part] = std::make_shared<const Reason>(
          Reason{ReasonCode::priority, {}, {}, "job " + to_string(pending.job->id) + " is ahead of it, at a limit"});
    return reasons_.share(std::move(reason));
  }

  // With bf_licenses some are set aside for it, together with the room.
  SharedReason lacks_licenses(std::uint32_t place, const Search::Request& request, bool reserving) {
    const JobSpec& spec = *request.spec;
    if (reserving && backfill_->licenses) {
      const auto find = [&](Moment from) { return search_.earliest(request, from, horizon()); };
      if (const auto found = licenses_.earliest(spec, request.length, find))
        set_aside(place, static_cast<std::uint32_t>(request.partition), found->slot, found->counts);
    }
    return reasons_.share({ReasonCode::licenses, {}, {}, "it asks for " + spec.labels.licenses});
  }

  // False: no job can make room for it.
  bool make_room(std::uint32_t place, const Search::Request& request) {
    if (!view_.preemption || !search_.refusal(request).waits_for_room) return false;
    const PendingJob& pending = view_.pending[place];
    auto made = room_maker_.make_room(pending, request);
    if (!made) return false;
    if (!made->victims.empty()) decisions_.push_back(Preempt{pending.job->id, std::move(made->victims)});
    search_.set_aside(made->slot);
    expect(place, made->slot);
    return true;
  }

  // What the job that waits for room tells those behind it. Who asks for a reservation stands in a queue of its own.
  SharedReason& blocked_by(const JobSpec& spec, std::uint32_t part) {
    if (spec.labels.reservation.empty()) return blocked_[part];
    return blocked_in_[{part, spec.labels.reservation}];
  }

  // The first job of a partition that waits for room: what comes behind it has to wait as well, or to pass it.
  SharedReason block(const PendingJob& pending, const Search::Request& request) {
    const Search::Refusal& refusal = search_.refusal(request);
    if (apart_.any_taken() && !refusal.waits_for_room && !refusal.waits_for_time)
      return reasons_.share({ReasonCode::resources, {}, {}, "no node is left for it beside its other components"});
    if (refusal.waits_for_room) {
      blocks_ = true;
      const Reason behind{ReasonCode::priority, {}, {}, "job " + to_string(pending.job->id) + " is ahead of it"};
      blocked_by(*request.spec, request.partition) = std::make_shared<const Reason>(behind);
    }
    return refusal.reason;
  }

  void set_aside(std::uint32_t place, std::uint32_t part, const Slot& slot, const LicenseCounts& licenses) {
    search_.set_aside(slot);
    if (!slot.bookings.empty()) licenses_.set_aside(licenses, slot.start, slot.bookings.front().until);
    limits_->count_reserved(part);
    expect(place, slot);
  }

  // Of an array whose first task waits: for some of the others as well.
  void set_aside_tasks(const PlanEntry& entry, std::uint32_t others) {
    const PendingJob& pending = view_.pending[entry.pending];
    others = std::min(others, std::max(1u, backfill_->max_job_array_resv) - 1);
    for (; others > 0 && limits_->may_reserve(pending, entry.partition, now_); --others) {
      const auto slot = search_.earliest(request_of(pending, entry.partition), 0, horizon());
      if (!slot) return;
      set_aside(entry.pending, entry.partition, *slot, {});
    }
  }

  void expect(std::uint32_t place, const Slot& slot) {
    std::shared_ptr<const Expectation>& known = verdicts_[place].expected;
    Expectation found{now_ + Seconds(slot.start), {}};
    if (known && known->start <= found.start) return;
    found.nodes = search_.real_nodes_of(slot);
    known = std::make_shared<const Expectation>(std::move(found));
  }

  bool set_aside_together(const PlanEntry& entry, const Apart::Order& order) {
    const auto request = [&](std::uint32_t i) {
      const PendingJob& pending = view_.pending[entry.pending + i];
      return request_of(pending, i == 0 ? entry.partition : own_partition(*pending.job->spec));
    };
    const auto slots = search_together(search_, apart_, {order, request, horizon()});
    for (std::uint32_t i = 0; slots && i < slots->size(); ++i) expect(entry.pending + i, (*slots)[i]);
    return slots.has_value();
  }

  std::uint32_t own_partition(const JobSpec& spec) const {
    for (const std::string& name : spec.placement.partitions)
      if (const auto found = partitions_.find(name); found != partitions_.end()) return found->second;
    return 0;
  }

  Moment horizon() const { return static_cast<Moment>(std::min<std::int64_t>(backfill_->window.value, forever)); }

  bool may_boot(const Job& job) const {
    return view_.boots && view_.boots->may_boot_for(*job.spec) && view_.boots->boots_from(job) <= now_;
  }

  Search::Request request_of(const PendingJob& pending, std::uint32_t partition) {
    const JobSpec& spec = *pending.job->spec;
    const TimeLimit limit = planned_limit(spec, time_limit_in(spec, view_.partitions[partition]), policies_);
    std::int64_t seconds = limit.unlimited ? forever : to_seconds(limit.value).value;
    if (pending.length > Seconds(0)) seconds = pending.length.value;
    return {apart_.beside(spec), partition, static_cast<Moment>(std::clamp<std::int64_t>(seconds, 1, forever)),
            waited_for_switches(*pending.job, policies_, now_), may_boot(*pending.job)};
  }

  const ClusterView& view_;
  const Policies& policies_;
  const std::optional<Backfill>& backfill_;
  Instant now_;
  Search search_;
  Apart apart_;
  RoomMaker room_maker_;
  LicensePlan licenses_;
  std::map<std::string_view, std::uint32_t> partitions_;
  // By partition: what jobs behind one that waits for room are told, and where nobody passes it (assoc_limit_stop).
  std::vector<SharedReason> blocked_, stopped_;
  MainDepth depth_;
  std::map<std::pair<std::uint32_t, std::string_view>, SharedReason> blocked_in_;  // the same, by --reservation
  std::optional<SlowdownOrder> slowdown_;                                          // SchedulerParameters=slowdown_order
  bool blocks_ = false;               // a job waits for room: others may pass it
  std::vector<Verdict> verdicts_;     // beside view.pending
  std::vector<std::uint32_t> order_;  // of the waits, places in view.pending
  ReasonPool reasons_;
  ArrayRooms arrays_;
  std::optional<BackfillLimits> limits_;  // if there is backfill
  std::vector<Decision> decisions_;
};

}  // namespace

std::vector<Decision> plan(const ClusterView& view, const Policies& policies, Instant now) {
  const auto divided = divided_view(view, now);
  return Planner(divided ? *divided : view, policies, now).run();
}

}  // namespace slurmxx
