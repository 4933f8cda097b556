// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The cluster as the planner sees it: the state, and what the controller knows beside it.
#include <algorithm>

#include "control/accounts.h"
#include "control/configure.h"
#include "control/mcs.h"
#include "control/scheduling.h"

namespace slurmxx {
namespace {

// --requeue=expedite: the nodes that it had are nobody else's while it waits.
void keep_nodes_for(const Job& job, ClusterView& view) {
  if (!job.allocation) return;
  constexpr Seconds ten_years(10LL * 365 * 24 * 3600);
  auto kept = std::make_shared<Reservation>();
  kept->name = "of expedited job " + std::to_string(job.id.value);
  kept->kept_for = job.id;
  kept->times.start = job.times.eligible.value_or(job.times.submitted);
  kept->times.end = kept->times.start + ten_years;
  for (const NodeShare& share : job.allocation->shares) kept->nodes.push_back(share.node);
  view.reservations.push_back(kept.get());
  view.own_reservations.push_back(std::move(kept));
}

}  // namespace

LicenseTable Scheduling::licenses(const ClusterConfig& config, const std::vector<const Job*>& active) {
  const auto totals = parse_license_totals(config.scheduling.licenses);
  LicenseTable table(totals ? *totals : LicenseCounts());
  for (const Job* job : active)
    if (job->runs() && !job->spec->labels.licenses.empty())
      if (const auto held = parse_license_request(job->spec->labels.licenses)) table.take(held->counts);
  return table;
}

ClusterView Scheduling::cluster_without_queue(const Controller& c) {
  ClusterView view;
  c.state_.nodes().for_each([&](std::uint64_t, const Node& node) { view.nodes.push_back(&node); });
  view.system = c.planning_.system;
  for (const auto& partition : c.state_.partitions())
    view.partitions.push_back(plan_partition_with_defaults(*partition, *c.options_.config, &c.planning_.topologies));
  for (const auto& reservation : c.state_.reservations()) {
    auto judged = Accounts::with_sub_accounts(c, reservation);
    view.reservations.push_back(judged.get());
    if (judged != reservation) view.own_reservations.push_back(std::move(judged));
  }
  for (JobId id : c.pending_.expediting()) keep_nodes_for(*c.state_.find(id), view);
  for (JobId id : c.active_) view.running.push_back(c.state_.find(id));
  view.licenses = licenses(c.config(), view.running);
  view.licenses.set_away(licenses_away(c.state_, c.config()));
  view.limits = Accounts::judge(c);
  view.labels = label_rule_of(c.config());
  view.filters_by_extra = c.planning_.rules->parameters.submission.extra_constraints;
  view.boots = c.planning_.rules->boots;
  view.longest_wait = c.state_.longest_wait();
  view.preemption = c.planning_.preemption;
  if (view.preemption)
    for (const Job* job : view.running) view.running_priorities.push_back(c.planning_.priorities->of(*job));
  return view;
}

void Scheduling::add_pending(const Controller& c, JobId id, ClusterView& view) {
  const Job* job = c.state_.find(id);
  const Priorities& priorities = *c.planning_.priorities;
  if (!job->spec->het) {
    if (!job->holds_nothing()) return;
    view.pending.push_back({job, priorities.of(*job), job->dependencies.state()});
    view.pending.back().priorities = priorities.by_partition(*job);
    view.pending.back().preempts = c.planning_.preempting.contains(id);
    view.pending.back().reserves = Accounts::may_reserve(c, *job, view.pending.back().priority);
    if (job->array) count_tasks(c, view.pending.back());
    return;
  }
  std::vector<const Job*> together;
  for (std::uint32_t i = 0; i < job->spec->het->size; ++i) {
    const Job* other = c.state_.find(job->spec->het->component(i));
    if (other && other->state == JobState::pending) together.push_back(other);
  }
  if (together.front() != job) return;  // comes with that one
  const auto left = [](const Job* one) { return one->holds_nothing(); };
  if (!std::all_of(together.begin(), together.end(), left)) return;
  const auto followers = static_cast<std::uint32_t>(together.size() - 1);
  for (const Job* one : together)
    view.pending.push_back({one, priorities.of(*one), one->dependencies.state(), one == job ? followers : 0});
  view.pending[view.pending.size() - together.size()].preempts = c.planning_.preempting.contains(together.front()->id);
  set_common_priority(c.planning_.rules->parameters.backfill.reserves.hetjob_prio,
                      std::span(view.pending).last(together.size()));
}

// bf_hetjob_prio: the place in the queue is that of the first component. Who is held stays held.
void Scheduling::set_common_priority(HetJobPriority by, std::span<PendingJob> together) {
  const auto less = [](const PendingJob& a, const PendingJob& b) { return a.priority < b.priority; };
  const std::uint32_t least = std::min_element(together.begin(), together.end(), less)->priority;
  if (by == HetJobPriority::own || least == 0) return;
  std::uint64_t common = least, sum = 0;
  for (const PendingJob& one : together) sum += one.priority;
  if (by == HetJobPriority::max) common = std::max_element(together.begin(), together.end(), less)->priority;
  if (by == HetJobPriority::avg) common = sum / together.size();
  for (PendingJob& one : together) one.priority = static_cast<std::uint32_t>(common);
}

// How many of its tasks may start: as many as --array=...%N leaves, together with the other parts of the array.
void Scheduling::count_tasks(const Controller& c, PendingJob& pending) {
  const ArrayPart& part = *pending.job->array;
  const std::size_t count = part.tasks.size(), most = pending.job->spec->array->throttle;
  const std::size_t running = c.index_.arrays.running(part.array);
  const std::size_t room = most == 0 ? count : most - std::min(most, running);
  pending.tasks = static_cast<std::uint32_t>(std::min(room, count));
  pending.more_tasks = count > pending.tasks;
  pending.array_running = static_cast<std::uint32_t>(running);
  if (most > 0) pending.array_room = static_cast<std::uint32_t>(room);
}

ClusterView Scheduling::cluster_view(const Controller& c) {
  ClusterView view = cluster_without_queue(c);
  view.pending.reserve(c.pending_.size());
  for (const auto& [id, rank] : c.pending_.all()) add_pending(c, id, view);
  return view;
}

ClusterView Scheduling::head_view(const Controller& c) {
  ClusterView view = cluster_without_queue(c);
  for (JobId id : c.pending_.head(head_jobs)) add_pending(c, id, view);
  return view;
}

}  // namespace slurmxx
