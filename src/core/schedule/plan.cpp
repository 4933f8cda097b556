// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A long queue costs one look a job: nothing passes a job that waits for room, and reasons are shared.
#include "core/schedule/plan.h"

#include "core/schedule/boot_features.h"
#include "core/schedule/least_limit.h"
#include "core/schedule/node_parts.h"
#include "core/schedule/obstacles.h"
#include "core/schedule/planner.h"
#include "core/schedule/within_limits.h"

namespace slurmxx {

std::vector<Decision> Planner::run() {
  decisions_.reserve(view_.pending.size());
  if (policies_.slowdown_order) slowdown_.emplace(view_, policies_, now_);
  std::vector<PlanEntry> entries = queue();
  bool held = false;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!held && !entries[i].ahead) search_.hold_aside();
    held = held || !entries[i].ahead;
    const bool was_blocked = blocks_;
    fetch_ahead(entries, i);
    consider(entries[i]);
    if (blocks_ && !was_blocked && slowdown_ && slowdown_->is_crowded()) sort_by_work(entries, i + 1);
  }
  for (const std::uint32_t pending : order_)
    if (PlanVerdict& verdict = verdicts_[pending]; verdict.reason)
      decisions_.push_back(
          Wait{view_.pending[pending].job->id, std::move(verdict.reason), std::move(verdict.expected)});
  return std::move(decisions_);
}

namespace {

template <class T>
void fetch(const T* object) {
  constexpr std::size_t line = 64, most = 1024;
  for (std::size_t at = 0; at < std::min(sizeof(T), most); at += line)
    __builtin_prefetch(reinterpret_cast<const char*>(object) + at);
}

}  // namespace

// Jobs lie anywhere in memory: those that come soon are fetched meanwhile, the entry first, then what it points to.
void Planner::fetch_ahead(const std::vector<PlanEntry>& entries, std::size_t at) const {
  constexpr std::size_t entry = 24, job = 12, spec = 6;
  if (at + entry < entries.size()) fetch(&view_.pending[entries[at + entry].pending]);
  if (at + job < entries.size()) fetch(view_.pending[entries[at + job].pending].job);
  if (at + spec < entries.size()) fetch(view_.pending[entries[at + spec].pending].job->spec.get());
}

std::vector<PlanEntry> Planner::queue() {
  std::vector<PlanEntry> entries;
  entries.reserve(view_.pending.size());
  const AsideJobs aside(view_);
  for (std::uint32_t i = 0; i < view_.pending.size(); i += 1 + view_.pending[i].followers)
    if (!enqueue(i, aside, entries))
      wait(i, reasons_.share({ReasonCode::partition_config, {}, {}, "none of its partitions exists"}));
  std::sort(entries.begin(), entries.end());
  return entries;
}

// Of a level: what passes the first that has to wait.
void Planner::sort_by_work(std::vector<PlanEntry>& entries, std::size_t first) const {
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
bool Planner::enqueue(std::uint32_t place, const AsideJobs& aside, std::vector<PlanEntry>& entries) {
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
    const bool ahead = !aside.none() && aside.are_outranked_by(pending, tier);
    entries.push_back({ahead, pending.preempts, tier, rank, priority, pending.job->id, choice++, place, found->second});
  }
  return choice > 0;
}

void Planner::consider(const PlanEntry& entry) {
  PlanVerdict& verdict = verdicts_[entry.pending];
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
  verdict.reason.reset();
  verdict.expected.reset();
  if (pending.more_tasks) wait(entry.pending, reasons_.share({ReasonCode::array_task_limit, {}, {}, {}}));
}

// A job and its followers wait for the same.
void Planner::wait(std::uint32_t first, const SharedReason& reason) {
  for (std::uint32_t pending = first; pending <= first + view_.pending[first].followers; ++pending) {
    SharedReason& known = verdicts_[pending].reason;
    if (!known) order_.push_back(pending);
    if (is_better(reason, known)) known = reason;
  }
}

// Nothing: it was started.
SharedReason Planner::try_start(const PlanEntry& entry) {
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

SharedReason Planner::try_start_all(const PlanEntry& entry, std::uint32_t followers) {
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
  const bool lacks_room = reason->code == ReasonCode::resources || reason->code == ReasonCode::licenses ||
                          (reason->code == ReasonCode::priority && limits_ && !stopped_[entry.partition]);
  if (lacks_room && make_room_together(entry, followers)) return reason;
  const JobSpec& spec = *view_.pending[entry.pending].job->spec;
  const auto set_aside = [&](const Apart::Order& order) { return set_aside_together(entry, order); };
  if (backfill_ && blocked_by(spec, entry.partition) && std::ranges::any_of(Apart::orders(followers), set_aside))
    limits_->count_reserved(entry.partition);
  return reason;
}

// The first in the entry's partition, the followers each in the first of its own that can. The first starts last:
// where it runs, all run.
SharedReason Planner::try_together(const PlanEntry& entry, const Apart::Order& order) {
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

std::variant<Start, SharedReason> Planner::try_own_partitions(std::uint32_t place) {
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

// Takes the room of what it starts; sets room aside for what waits, if backfill goes so far.
std::variant<Start, SharedReason> Planner::try_one(std::uint32_t place, std::uint32_t part, Later later) {
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
  if (!licenses) return lacks_licenses(place, request, reserving, later);
  auto [found, shortened, forbidden] = find_nodes(pending, request, reserving && search_.sets_aside() ? horizon() : 0);
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
  if (slot) set_aside_licensed(place, *slot, request, licenses->counts);
  return reason;
}

PlacedJob Planner::find_nodes(const PendingJob& pending, Search::Request& request, Moment until) {
  request.judged = pending.job;
  PlacedJob placed{search_.place_job(request, until)};
  if (backfill_ && !search_.forbidden() && !std::holds_alternative<Allocation>(placed.found))
    placed.shortened = start_shortened(search_, request, horizon(), placed.found);
  if (std::holds_alternative<Allocation>(placed.found) || !search_.forbidden()) return placed;
  placed.forbidden = search_.forbidden()->reason;
  place_within_limits(search_, view_, request, placed);
  return placed;
}

bool Planner::may_reserve(std::uint32_t place, std::uint32_t part) const {
  if (!limits_ || !limits_->may_reserve(view_.pending[place], part, now_)) return false;
  return !backfill_->one_resv_per_job || !verdicts_[place].expected;
}

std::uint32_t Planner::own_partition(const JobSpec& spec) const {
  for (const std::string& name : spec.placement.partitions)
    if (const auto found = partitions_.find(name); found != partitions_.end()) return found->second;
  return 0;
}

bool Planner::may_boot(const Job& job) const {
  return view_.boots && view_.boots->may_boot_for(*job.spec) && view_.boots->boots_from(job) <= now_;
}

Search::Request Planner::request_of(const PendingJob& pending, std::uint32_t partition) {
  const JobSpec& spec = *pending.job->spec;
  const TimeLimit usual = planned_limit(spec, time_limit_in(spec, view_.partitions[partition]), policies_);
  const TimeLimit limit = limit_by_deadline(spec.times, usual, now_);
  std::int64_t seconds = limit.unlimited ? without_limit : to_seconds(limit.value).value;
  if (pending.length > Seconds(0)) seconds = pending.length.value;
  return {apart_.beside(spec), partition, static_cast<Moment>(std::clamp<std::int64_t>(seconds, 1, forever)),
          waited_for_switches(*pending.job, policies_, now_), may_boot(*pending.job)};
}

std::vector<Decision> plan(const ClusterView& view, const Policies& policies, Instant now) {
  const auto divided = divided_view(view, policies, now);
  return Planner(divided ? *divided : view, policies, now).run();
}

}  // namespace slurmxx
