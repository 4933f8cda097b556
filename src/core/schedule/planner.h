// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// One pass of the planner (plan.h): plan.cpp goes through the queue, plan_ahead.cpp looks after what waits: room and
// licences set aside for it, or made for it by others.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/schedule/apart.h"
#include "core/schedule/aside.h"
#include "core/schedule/backfill_limits.h"
#include "core/schedule/license_plan.h"
#include "core/schedule/main_depth.h"
#include "core/schedule/plan.h"
#include "core/schedule/plan_entry.h"
#include "core/schedule/room_maker.h"
#include "core/schedule/search.h"
#include "core/schedule/slowdown_order.h"

namespace slurmxx {

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

  std::vector<Decision> run();

 private:
  void fetch_ahead(const std::vector<PlanEntry>& entries, std::size_t at) const;
  std::vector<PlanEntry> queue();
  void sort_by_work(std::vector<PlanEntry>& entries, std::size_t first) const;
  bool enqueue(std::uint32_t place, const AsideJobs& aside, std::vector<PlanEntry>& entries);
  void consider(const PlanEntry& entry);
  void wait(std::uint32_t first, const SharedReason& reason);
  SharedReason try_start(const PlanEntry& entry);
  SharedReason try_start_all(const PlanEntry& entry, std::uint32_t followers);
  std::optional<RoomMaker::Made> make_for_component(const PendingJob& pending, const Search::Request& request);
  bool make_room_together(const PlanEntry& entry, std::uint32_t followers);
  SharedReason try_together(const PlanEntry& entry, const Apart::Order& order);
  std::variant<Start, SharedReason> try_own_partitions(std::uint32_t place);
  enum class Later : std::uint8_t { no, set_aside };
  std::variant<Start, SharedReason> try_one(std::uint32_t place, std::uint32_t part, Later later);
  PlacedJob find_nodes(const PendingJob& pending, Search::Request& request, Moment until);
  bool may_reserve(std::uint32_t place, std::uint32_t part) const;
  SharedReason unless_unavailable(const PendingJob& pending, std::uint32_t part, const SharedReason& blocked);
  SharedReason limited(const PendingJob& pending, std::uint32_t part, Reason reason);
  SharedReason lacks_licenses(std::uint32_t place, const Search::Request& request, bool reserving, Later later);
  void set_aside_licensed(std::uint32_t place, const Slot& slot, const Search::Request& request,
                          const LicenseCounts& licenses);
  SharedReason wants_licenses(const JobSpec& spec);
  bool take_made(std::uint32_t place, std::optional<RoomMaker::Made> made);
  bool reclaim_licenses(std::uint32_t place, const Search::Request& request);
  std::optional<LicensePlan::Found> earliest(const Search::Request& request);
  bool make_room(std::uint32_t place, const Search::Request& request);
  SharedReason& blocked_by(const JobSpec& spec, std::uint32_t part);
  SharedReason block(const PendingJob& pending, const Search::Request& request);
  void set_aside(std::uint32_t place, std::uint32_t part, const Slot& slot, const LicenseCounts& licenses);
  void set_aside_tasks(const PlanEntry& entry, std::uint32_t others);
  void expect(std::uint32_t place, const Slot& slot);
  bool set_aside_together(const PlanEntry& entry, const Apart::Order& order);
  std::uint32_t own_partition(const JobSpec& spec) const;
  Moment horizon() const { return static_cast<Moment>(std::min<std::int64_t>(backfill_->window.value, forever)); }
  bool may_boot(const Job& job) const;
  Search::Request request_of(const PendingJob& pending, std::uint32_t partition);

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
  bool blocks_ = false;                // a job waits for room: others may pass it
  std::vector<PlanVerdict> verdicts_;  // beside view.pending
  std::vector<std::uint32_t> order_;   // of the waits, places in view.pending
  ReasonPool reasons_;
  ArrayRooms arrays_;
  std::optional<BackfillLimits> limits_;  // if there is backfill
  std::vector<Decision> decisions_;
};

}  // namespace slurmxx
