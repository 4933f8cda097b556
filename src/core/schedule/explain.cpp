// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/explain.h"

#include <algorithm>
#include <map>
#include <span>
#include <tuple>

#include <fmt/format.h>

#include "core/hostlist/hostlist.h"
#include "core/model/job_name.h"
#include "core/model/node_state.h"
#include "core/schedule/boot_features.h"
#include "core/schedule/candidates.h"
#include "core/schedule/demand.h"
#include "core/schedule/explain_gates.h"
#include "core/schedule/license_plan.h"
#include "core/schedule/lone_units.h"
#include "core/schedule/node_parts.h"
#include "core/schedule/node_spaces.h"
#include "core/schedule/obstacles.h"
#include "core/schedule/room_maker.h"
#include "core/schedule/slowdown_order.h"
#include "core/text/time_text.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

struct Scene {
  const ClusterView& view;
  const ClusterView& whole;  // before its nodes were divided
  const Policies& policies;
  const PendingJob& pending;
  const ViewOwners owners;
  const std::vector<NodeSpace> spaces;  // by NodeIndex
  Instant now;
};

class InPartition {
 public:
  InPartition(const Scene& scene, const PlanPartition& partition)
      : view_(scene.view),
        whole_(scene.whole),
        policies_(scene.policies),
        pending_(scene.pending),
        spaces_(scene.spaces),
        spec_(*pending_.job->spec),
        partition_(partition),
        now_(scene.now),
        open_(view_.reservations, spec_, scene.now, {}),
        length_(length_of(time_limit_in(spec_, partition))),
        alone_(units_alone(spec_, partition)),
        demand_(demand_in(spec_, partition, policies_)) {
    scene.owners.add_label(spec_, demand_.owner);
    demand_.share.group = share_group(view_, partition.name);
    demand_.share.cap = cap_of(view_, partition.name);
    found_.name = partition.name;
    if (waited_for_switches(*pending_.job, policies_, scene.now)) demand_.arrangement.switches_max = 0;
  }

  PartitionExplained explain(const LastPass& last) {
    for (const Reason& reason : partition_obstacles(spec_, partition_)) {
      add(reason);
      too_wide_ = too_wide_ || reason.code == ReasonCode::partition_node_limit;
    }
    if (view_.limits)
      for (const Reason& reason : view_.limits->obstacles(*pending_.job, partition_)) add(reason);
    look_at_nodes();
    if (lacks_licenses(view_, spec_, now_)) list_holders_to_go();
    look_at_queue(last);
    if (fits_) wait_for_others(last);
    keep_shown(view_, last, found_);
    return std::move(found_);
  }

 private:
  void add(const Reason& reason) { found_.gates.push_back(gate_of(reason)); }

  static Moment length_of(const TimeLimit& limit) {
    const std::int64_t seconds = limit.unlimited ? without_limit : to_seconds(limit.value).value;
    return static_cast<Moment>(std::clamp<std::int64_t>(seconds, 1, forever));
  }

  // Whether reservations leave it to the job now, for all of its time.
  bool is_open(NodeIndex index) {
    if (view_.reservations.empty()) return true;
    const OpenNodes::Opening& opening = open_.of(index);
    const bool open = !opening.times.empty() && opening.times.front().lasts(0, length_);
    const Reservation* closed_by = open ? nullptr : open_.obstacle(opening, length_);
    if (OpenNodes::tells_more(closed_by, obstacle_)) obstacle_ = closed_by;
    return open;
  }

  void look_at_nodes() {
    const FeatureNeed need = need_of_job();
    auto suitable = candidates(view_, partition_, spec_, need);
    if (suitable) {
      const bool some = !suitable->nodes.empty();
      keep_by_extra(view_, spec_, *suitable);
      if (some && suitable->nodes.empty()) add({ReasonCode::resources, {}, {}, extra_missing(spec_)});
    }
    if (!suitable) add({ReasonCode::bad_constraints, {}, {}, text_of(suitable.error())});
    if (suitable) include_required(demand_, spec_, suitable->required), closed_ = suitable->closed;
    const bool named_alone = suitable && suitable->required > 0 && suitable->required >= demand_.nodes_max;
    include_quotas(demand_, spec_, need);
    if (suitable && suitable->nodes.empty())
      add({ReasonCode::bad_constraints, {}, {}, nobody_has(view_, partition_, need)});
    found_.nodes_needed = std::max(1u, demand_.nodes_min);
    std::vector<NodeIndex> wanted = suitable ? suitable->nodes : std::vector<NodeIndex>();
    if (named_alone) wanted.resize(suitable->required);  // --nodelist leaves no place for another
    std::sort(wanted.begin(), wanted.end());
    HostNames unavailable;
    for (const NodeIndex index : partition_.nodes) {
      const Node& node = *view_.nodes[index.value];
      const bool is_part = view_.parts && index.value >= view_.parts->first;
      if (!is_available(node) && !is_part) unavailable.push_back(node.name);
      const Lost lost = lost_at(node, index, std::binary_search(wanted.begin(), wanted.end(), index));
      const NodeIndex whole = view_.parts ? view_.parts->node_of(index) : index;
      const auto [known, is_new] = lost_.try_emplace(whole, lost);
      if (!is_new) known->second = std::min(known->second, lost);
    }
    tally();
    found_.unavailable = fold_hosts_sorted(std::move(unavailable));
    if (suitable && !suitable->nodes.empty() && !too_wide_) judge_room(*suitable);
    tell_of_delay(need);
  }

  // Until then only nodes that have its features now are for it.
  void tell_of_delay(const FeatureNeed& need) {
    const Seconds left = need.by_boot ? view_.boots->boots_from(*pending_.job) - now_ : Seconds(0);
    if (left <= Seconds(0)) return;
    fits_ = false;
    add({ReasonCode::resources,
         {},
         {},
         fmt::format("no node is booted for its features before {} have passed (--delay-boot)", duration_short(left))});
  }

  // Of several ways the one for which most nodes will do; --prefer only matters while it goes.
  FeatureNeed need_of_job() const {
    auto needs = parse_features(spec_.placement.features);
    if (!needs) return {};
    if (view_.boots && view_.boots->may_boot_for(spec_)) add_ways_by_boot(*view_.boots, *needs);
    std::size_t most = 0;
    const FeatureNeed* best = &needs->front();
    for (const FeatureNeed& need : *needs)
      if (const auto found = candidates(view_, partition_, spec_, need); found && found->nodes.size() > most) {
        most = found->nodes.size();
        best = &need;
      }
    return *best;
  }

  // Each node is lost once, at the first thing that speaks against it; of a divided one its best part counts.
  enum class Lost : std::uint8_t { nowhere, busy, reserved, too_small, unsuitable, unavailable };
  void tally() {
    NodeFunnel& nodes = found_.nodes;
    std::uint32_t* const counts[] = {&nodes.free,      &nodes.busy,       &nodes.busy,
                                     &nodes.too_small, &nodes.unsuitable, &nodes.unavailable};
    for (const auto& [node, lost] : lost_) {
      ++*counts[static_cast<std::size_t>(lost)];
      reserved_ += lost == Lost::reserved ? 1 : 0;
    }
    const std::size_t all = view_.parts ? view_.parts->first : view_.nodes.size();
    nodes.elsewhere = static_cast<std::uint32_t>(all - lost_.size());
  }

  Lost lost_at(const Node& node, NodeIndex index, bool wanted) {
    const NodeRoom empty = NodeSpace::empty(index, node, policies_.unit, view_.system_of(index)).room();
    Demand one = demand_;
    one.tasks_per_node_max = std::max(1u, one.tasks_per_node_max);
    const std::uint32_t least = one.nodes_max == 1 && !one.even_tasks ? std::max(1u, one.tasks) : 1;
    if (!is_available(node)) return Lost::unavailable;
    if (!wanted) return Lost::unsuitable;
    if (tasks_that_fit(one, empty) < least)
      return would_fit_undivided(one, index, least) ? Lost::reserved : Lost::too_small;
    usable_.push_back(index);
    if (is_closed(index)) return Lost::busy;
    if (!is_open(index)) return Lost::reserved;
    if (!is_unit_free(index)) return Lost::busy;
    return tasks_that_fit(one, spaces_[index.value].room()) < least ? Lost::busy : Lost::nowhere;
  }

  // Whether it is cores reserved for others that a divided node lacks; then they are the obstacle.
  bool would_fit_undivided(const Demand& one, NodeIndex part, std::uint32_t least) {
    const auto* all = view_.parts ? view_.parts->beside(part) : nullptr;
    if (!all) return false;
    const NodeIndex node = all->front();
    const Node& whole = *whole_.nodes[node.value];
    if (tasks_that_fit(one, NodeSpace::empty(node, whole, policies_.unit, whole_.system_of(node)).room()) < least)
      return false;
    for (const Reservation* r : view_.reservations) {
      const auto holds = [&](NodeIndex index) { return std::ranges::binary_search(r->nodes, index); };
      const bool of_others = !asks_for(spec_, r->name) && std::ranges::any_of(all->begin() + 1, all->end(), holds);
      if (of_others && OpenNodes::tells_more(r, obstacle_)) obstacle_ = r;
    }
    return obstacle_ != nullptr;
  }

  void tell_of_reservation() {
    if (!obstacle_) return;
    Reason reason = open_.reason(obstacle_);
    if (reserved_ > 0)
      reason.detail += fmt::format("; {} {}, counted as busy", reserved_, reserved_ == 1 ? "node" : "nodes");
    add(reason);
  }

  // Of those that it is to have to itself.
  bool is_unit_free(NodeIndex node) const { return !alone_ || slurmxx::is_unit_free(view_, *alone_, spaces_, node); }
  void tell_of_units() {
    const std::string taken = alone_ ? taken_units(view_, *alone_, spaces_, usable_) : "";
    if (!taken.empty())
      add({ReasonCode::resources, {}, {}, "other jobs are in " + taken + ", and it is to have such a unit to itself"});
  }

  bool is_closed(NodeIndex node) const { return std::ranges::binary_search(closed_, node); }

  void tell_of_closed() {
    HostNames names;
    for (const NodeIndex node : closed_) names.push_back(view_.nodes[node.value]->name);
    if (!names.empty())
      add({ReasonCode::resources,
           {},
           {},
           "to be booted for it, which they cannot be now: " + fold_hosts_sorted(names)});
  }

  void judge_room(const Candidates& suitable) {
    std::vector<const NodeRoom*> rooms;
    std::vector<std::uint64_t> marks;
    for (std::size_t i = 0; i < suitable.nodes.size(); ++i) {
      const NodeIndex node = suitable.nodes[i];
      const NodeRoom& room = spaces_[node.value].room();
      if (i >= suitable.required && (!room.available || is_closed(node) || !is_open(node) || !is_unit_free(node)))
        continue;
      rooms.push_back(&room);
      if (!suitable.marks.empty()) marks.push_back(suitable.marks[i]);
    }
    const Topology* topology = topology_for(spec_, partition_, policies_);
    const auto chosen = choose(demand_, {rooms, suitable.required, nullptr, topology, marks});
    const auto* shortage = std::get_if<Shortage>(&chosen);
    const auto named = std::span(suitable.nodes).first(suitable.required);
    fits_ = !shortage &&
            std::ranges::none_of(named, [this](NodeIndex node) { return is_closed(node) || !is_unit_free(node); });
    if (fits_) return;
    tell_of_reservation();
    tell_of_closed();
    tell_of_units();
    for (const std::string& held :
         {nodes_of_others(view_, usable_), nodes_of_other_users(view_, demand_.owner, spaces_, usable_),
          capped_nodes(view_, demand_, spaces_, usable_)})
      if (!held.empty()) add({ReasonCode::resources, {}, {}, held});
    if (shortage) add({ReasonCode::resources, {}, *shortage, {}});
    list_jobs_in_the_way();
    list_preempted();
  }

  // Who would make room for it, if it came first.
  void list_preempted() {
    if (!view_.preemption) return;
    Search search(view_, policies_, now_);
    const auto place = static_cast<std::size_t>(&partition_ - view_.partitions.data());
    const auto made = RoomMaker(view_, search, now_).make_room(pending_, {&spec_, place, length_});
    for (const Preempted& one : made ? made->victims : std::vector<Preempted>()) found_.preempted.push_back(one.job);
  }

  // With reclaim_licenses.
  void list_holders_to_go() {
    if (!view_.preemption || !view_.preemption->tuning.reclaim_licenses) return;
    Search search(view_, policies_, now_);
    RoomMaker maker(view_, search, now_);
    for (LicensePlan::Way& way : LicensePlan(view_, policies_, now_).ways(spec_, length_))
      if (const auto going = maker.holders_to_go(pending_, partition_, std::move(way.missing)))
        for (const Preempted& one : *going) found_.preempted.push_back(one.job);
  }

  void list_jobs_in_the_way() {
    const auto jobs = jobs_on(view_, alone_ ? units_of(view_, *alone_, usable_) : usable_);
    constexpr std::size_t most = 10;
    for (const Job* job : jobs)
      if (found_.in_the_way.size() < most) found_.in_the_way.push_back(job->id);
    for (const Job* job : jobs)
      if (job->is_preempted() && job->runs()) found_.told_to_go.push_back(job->id);
  }

  bool is_here(const PendingJob& other) const {
    const auto& names = other.job->spec->placement.partitions;
    return std::find(names.begin(), names.end(), partition_.name) != names.end();
  }

  void look_at_queue(const LastPass& last) {
    std::optional<SlowdownOrder> order;
    if (policies_.slowdown_order) order.emplace(view_, policies_, last.now);
    const auto rank = [&](const PendingJob& one) {
      const SlowdownOrder::Rank by_wait = order ? order->rank(one, partition_) : SlowdownOrder::Rank();
      return std::tuple(!by_wait.is_overdue, -by_wait.worth, -std::int64_t{one.priority}, one.job->id);
    };
    const PendingJob* first = nullptr;
    for (const PendingJob& other : view_.pending) {
      if (&other == &pending_ || !is_here(other) || !(rank(other) < rank(pending_)) || own_obstacle(other, last.now))
        continue;
      ++found_.ahead;
      if (!first || rank(other) < rank(*first)) first = &other;
    }
    if (first && last.shows(*first->job)) found_.first_ahead = first->job->id;
  }

  // There is room, and others that come first need it.
  void wait_for_others(const LastPass& last) {
    const Wait* wait = last.find(pending_.job->id);
    if (!wait || wait->reason->code != ReasonCode::priority) return;
    add(as_told(view_, *wait->reason, last));
    std::optional<Instant> needed;
    for (const PendingJob& other : view_.pending) {
      const Wait* set_aside = &other == &pending_ || !is_here(other) ? nullptr : last.find(other.job->id);
      if (!set_aside || !set_aside->expected || set_aside->expected->start <= last.now) continue;
      if (!needed || set_aside->expected->start < *needed) needed = set_aside->expected->start;
    }
    constexpr std::int64_t minute = 60;
    const std::int64_t minutes = needed ? (*needed - last.now).value / minute : 0;
    const TimeLimit limit = time_limit_in(spec_, partition_);
    if (minutes > 0 && (limit.unlimited || minutes < limit.value.value))
      found_.limit_minutes = static_cast<std::uint32_t>(minutes);
  }

  const ClusterView& view_;
  const ClusterView& whole_;
  const Policies& policies_;
  const PendingJob& pending_;
  const std::vector<NodeSpace>& spaces_;
  const JobSpec& spec_;
  const PlanPartition& partition_;
  Instant now_;
  OpenNodes open_;
  Moment length_;
  const Reservation* obstacle_ = nullptr;  // that says most
  std::uint32_t reserved_ = 0;             // nodes
  std::map<NodeIndex, Lost> lost_;         // where each node of the partition is
  const Topology* alone_;                  // whose units it is to have to itself; null: it shares them
  Demand demand_;
  PartitionExplained found_;
  std::vector<NodeIndex> usable_;  // were they empty; rising
  std::vector<NodeIndex> closed_;  // as Candidates has it
  bool too_wide_ = false;          // whatever is free
  bool fits_ = false;
};

bool names(const Explanation& found, const std::string& reason) {
  const auto has = [&](const std::vector<Gate>& gates) {
    return std::any_of(gates.begin(), gates.end(), [&](const Gate& gate) { return gate.reason == reason; });
  };
  return has(found.gates) || std::any_of(found.partitions.begin(), found.partitions.end(),
                                         [&](const PartitionExplained& one) { return has(one.gates); });
}

}  // namespace

Explanation explain(const ClusterView& whole, const Policies& policies, std::size_t place, const LastPass& last) {
  const auto divided = divided_view(whole, policies, last.now);
  const ClusterView& view = divided ? *divided : whole;
  const PendingJob& pending = view.pending.at(place);
  const JobSpec& spec = *pending.job->spec;
  Explanation found;
  found.job = pending.job->id;
  found.name = job_name_text(*pending.job);
  for (Reason& reason : own_obstacles(pending, last.now)) {
    tell_more(view, pending, reason);
    found.gates.push_back(gate_of(reason));
  }
  if (lacks_licenses(view, spec, last.now))
    found.gates.push_back(gate_of({ReasonCode::licenses, {}, {}, who_has_licenses(view, spec, last)}));
  const ViewOwners owners(view);
  const Scene scene{view, whole, policies, pending, owners, spaces_for(pending, view, policies, owners), last.now};
  for (const std::string& name : spec.placement.partitions)
    if (const PlanPartition* partition = view.find_partition(name))
      found.partitions.push_back(InPartition(scene, *partition).explain(last));
  if (found.partitions.empty())
    found.gates.push_back(gate_of({ReasonCode::partition_config, {}, {}, "none of its partitions exists"}));
  const Wait* wait = last.find(pending.job->id);
  if (!wait) return found;
  add_expectation(view, *pending.job, *wait, found);
  judge_deadline(view, spec, found);
  if (names(found, found.shown)) return found;
  Reason shown = as_told(view, *wait->reason, last);
  tell_more(view, pending, shown);
  found.gates.push_back(gate_of(shown));
  return found;
}

}  // namespace slurmxx
