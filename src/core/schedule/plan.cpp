// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/plan.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/check.h"
#include "core/hostlist/hostlist.h"
#include "core/model/node_state.h"
#include "core/place/place.h"
#include "core/schedule/candidates.h"
#include "core/schedule/demand.h"

namespace slurmxx {
namespace {

// A job in one of its partitions.
struct Entry {
  const PendingJob* pending = nullptr;
  const PlanPartition* partition = nullptr;
  std::size_t choice = 0;  // 0: the partition named first

  auto rank() const {
    return std::tuple(-std::int64_t{partition->priority_tier}, -std::int64_t{pending->priority}, pending->job->id,
                      choice);
  }
};

// Why the job as such may not run, whatever the partition.
std::optional<Reason> own_obstacle(const PendingJob& pending, Instant now) {
  const Job& job = *pending.job;
  if (job.hold == Hold::admin) return Reason{ReasonCode::held_by_admin, {}, {}, {}};
  if (job.hold == Hold::user) return Reason{ReasonCode::held_by_user, {}, {}, {}};
  if (pending.priority == 0) return Reason{ReasonCode::held_by_admin, {}, {}, "its priority is 0"};
  if (pending.dependency == DependencyState::never) return Reason{ReasonCode::dependency_never_satisfied, {}, {}, {}};
  if (pending.dependency == DependencyState::waiting) return Reason{ReasonCode::dependency, {}, {}, {}};
  const Instant begin = std::max(job.spec->times.begin.value_or(Instant()), job.times.eligible.value_or(Instant()));
  if (begin > now) return Reason{ReasonCode::begin_time, {}, Shortage{"unix time", begin.seconds, now.seconds}, {}};
  return {};
}

std::optional<Reason> partition_obstacle(const JobSpec& spec, const PlanPartition& p) {
  using State = PlanPartition::State;
  if (p.state == State::down) return Reason{ReasonCode::partition_down, {}, {}, "partition " + p.name + " is down"};
  if (p.state == State::inactive)
    return Reason{ReasonCode::partition_inactive, {}, {}, "partition " + p.name + " is inactive"};
  const std::uint32_t nodes = std::max(1u, spec.resources.nodes_min);
  const std::uint32_t nodes_in_partition = static_cast<std::uint32_t>(p.nodes.size());
  const std::uint32_t most =
      p.nodes_max.unlimited ? nodes_in_partition : std::min(p.nodes_max.value, nodes_in_partition);
  if (nodes > most) return Reason{ReasonCode::partition_node_limit, {}, Shortage{"nodes", nodes, most}, {}};
  if (spec.resources.nodes_max && *spec.resources.nodes_max < p.nodes_min)
    return Reason{ReasonCode::partition_node_limit, {}, Shortage{"nodes", p.nodes_min, *spec.resources.nodes_max}, {}};
  const TimeLimit limit = time_limit_in(spec, p);
  if (p.time_max.unlimited) return {};
  const std::int64_t wanted = limit.unlimited ? INT64_MAX : limit.value.value;
  if (wanted > p.time_max.value.value)
    return Reason{ReasonCode::partition_time_limit, {}, Shortage{"minutes", wanted, p.time_max.value.value}, {}};
  return {};
}

// The more a reason says about what happens next, the more it is worth showing.
int worth(ReasonCode code) {
  if (code == ReasonCode::resources) return 3;
  if (code == ReasonCode::priority) return 2;
  return code == ReasonCode::nodes_not_available ? 1 : 0;
}

class Planner {
 public:
  Planner(const ClusterView& view, const Policies& policies, Instant now)
      : view_(view), policies_(policies), now_(now) {
    for (std::size_t i = 0; i < view.nodes.size(); ++i)
      spaces_.emplace_back(NodeIndex(static_cast<std::uint32_t>(i)), *view.nodes[i], policies.unit);
    for (const Job* job : view.running) note_users(*job);
  }

  std::vector<Decision> run() {
    for (const Entry& entry : queue()) consider(entry);
    for (const auto& pending : order_) {
      const auto reason = waits_.find(pending->job->id);
      if (reason != waits_.end()) decisions_.push_back(Wait{pending->job->id, reason->second});
    }
    return std::move(decisions_);
  }

 private:
  void note_users(const Job& job) {
    if (!job.allocation) return;
    const bool exclusively = job.spec->placement.sharing == Sharing::exclusive_user;
    for (const NodeShare& share : job.allocation->shares)
      spaces_.at(share.node.value).note_user(job.spec->owner.uid, exclusively);
  }

  std::vector<Entry> queue() {
    std::vector<Entry> entries;
    for (const PendingJob& pending : view_.pending) {
      std::size_t choice = 0;
      for (const std::string& name : pending.job->spec->placement.partitions)
        if (const PlanPartition* p = view_.find_partition(name)) entries.push_back({&pending, p, choice++});
      if (choice > 0) continue;
      order_.push_back(&pending);
      waits_[pending.job->id] = {ReasonCode::partition_config, {}, {}, "none of its partitions exists"};
    }
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.rank() < b.rank(); });
    return entries;
  }

  void consider(const Entry& entry) {
    const JobId id = entry.pending->job->id;
    if (started_.count(id) > 0) return;
    if (std::optional<Reason> reason = try_start(entry)) {
      wait(entry, std::move(*reason));
      return;
    }
    started_.insert(id);
    waits_.erase(id);
  }

  void wait(const Entry& entry, Reason reason) {
    const auto [place, is_new] = waits_.try_emplace(entry.pending->job->id, reason);
    if (is_new) {
      order_.push_back(entry.pending);
    } else if (worth(reason.code) > worth(place->second.code)) {
      place->second = std::move(reason);
    }
  }

  // Nothing: it was started.
  std::optional<Reason> try_start(const Entry& entry) {
    const PlanPartition& partition = *entry.partition;
    const JobSpec& spec = *entry.pending->job->spec;
    if (auto reason = own_obstacle(*entry.pending, now_)) return reason;
    if (auto reason = partition_obstacle(spec, partition)) return reason;
    // Nothing passes a job that waits for resources, so a long queue costs one look a job.
    if (const auto ahead = blocked_.find(&partition); ahead != blocked_.end())
      return Reason{ReasonCode::priority, {}, {}, "job " + to_string(ahead->second) + " is ahead of it"};
    const Result<Candidates> found = candidates(view_, partition, spec);
    if (!found) return Reason{ReasonCode::bad_constraints, {}, {}, text_of(found.error())};
    if (found->nodes.empty()) return Reason{ReasonCode::bad_constraints, {}, {}, "no node has what it asks for"};
    Demand demand = demand_in(spec, partition, policies_);
    include_required(demand, spec, found->required);
    auto placed = place(demand, offer(*found));
    if (auto* shares = std::get_if<std::vector<NodeShare>>(&placed)) {
      const Allocation allocation{partition.name, std::move(*shares), demand.whole_nodes};
      decisions_.push_back(Start{entry.pending->job->id, allocation, time_limit_in(spec, partition)});
      return {};
    }
    if (auto reason = never_fits(demand, *found)) return reason;
    blocked_.emplace(&partition, entry.pending->job->id);
    return Reason{ReasonCode::resources, {}, std::get<Shortage>(placed), {}};
  }

  Offer offer(const Candidates& found) {
    Offer result;
    for (std::size_t i = 0; i < found.nodes.size(); ++i) {
      NodeSpace& space = spaces_[found.nodes[i].value];
      // A node of --nodelist that is down is offered as it is and refused: the job must wait for it.
      if (is_available(space.node()) || i < found.required) result.nodes.push_back(&space);
    }
    result.required = found.required;
    return result;
  }

  // Whether it could not run on the cluster as it is now, even if no job were there.
  std::optional<Reason> never_fits(const Demand& demand, const Candidates& found) const {
    if (fits_empty({view_, policies_}, demand, found, Availability::up_only)) return {};
    if (!fits_empty({view_, policies_}, demand, found, Availability::all))
      return Reason{
          ReasonCode::partition_config, {}, {}, "it would not fit on the partition's nodes if they were empty"};
    return Reason{ReasonCode::nodes_not_available, unavailable(found), {}, {}};
  }

  std::string unavailable(const Candidates& found) const {
    HostNames names;
    const std::size_t count = found.required > 0 ? found.required : found.nodes.size();
    for (std::size_t i = 0; i < count; ++i)
      if (const Node& node = *view_.nodes[found.nodes[i].value]; !is_available(node)) names.push_back(node.name);
    return fold_hosts_sorted(std::move(names));
  }

  const ClusterView& view_;
  const Policies& policies_;
  Instant now_;
  std::vector<NodeSpace> spaces_;                  // by NodeIndex
  std::map<const PlanPartition*, JobId> blocked_;  // looked up only: the order of addresses decides nothing
  std::map<JobId, Reason> waits_;
  std::vector<const PendingJob*> order_;  // of the waits
  std::set<JobId> started_;
  std::vector<Decision> decisions_;
};

}  // namespace

std::vector<Decision> plan(const ClusterView& view, const Policies& policies, Instant now) {
  return Planner(view, policies, now).run();
}

}  // namespace slurmxx
