// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/explain_gates.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "core/hostlist/hostlist.h"
#include "core/model/job_name.h"
#include "core/schedule/aside.h"
#include "core/schedule/lone_units.h"
#include "core/schedule/node_spaces.h"
#include "core/schedule/reserved_licenses.h"
#include "core/text/time_text.h"
#include "core/text/words.h"

namespace slurmxx {

Gate gate_of(const Reason& reason) {
  Gate gate{reason_text(reason), detail_text(reason)};
  if (!reason.shortage) return gate;
  gate.what = reason.shortage->what;
  gate.need = reason.shortage->need;
  gate.have = reason.shortage->have;
  return gate;
}

Reason as_told(const ClusterView& view, const Reason& reason, const LastPass& last) {
  const auto is_ahead = [&](const PendingJob& one) { return one.job->id == reason.ahead; };
  const auto job = std::ranges::find_if(view.pending, is_ahead);
  Reason told = reason;
  told.detail = detail_text(reason, job == view.pending.end() || last.shows(*job->job));
  told.ahead.reset();
  return told;
}

bool lacks_licenses(const ClusterView& view, const JobSpec& spec, Instant now) {
  if (spec.labels.licenses.empty()) return false;
  const auto request = parse_license_request(spec.labels.licenses);
  const auto& limit = spec.times.limit;
  const Seconds length = limit && !limit->unlimited ? to_seconds(limit->value) : Seconds(forever);
  return !request || !ReservedLicenses(view, now).left_to(spec, length, view.licenses).offer(*request);
}

namespace {

constexpr std::size_t named_max = 10;  // of jobs in a line

std::string named(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < std::min(words.size(), named_max); ++i) text += (i == 0 ? "" : ", ") + words[i];
  return words.size() > named_max ? text + fmt::format(" and {} more", words.size() - named_max) : text;
}

}  // namespace

// "it asks for matlab:2; matlab: 1 of 4 free, the others are with job 12 (3)".
std::string who_has_licenses(const ClusterView& view, const JobSpec& spec, const LastPass& last) {
  std::string text = "it asks for " + spec.labels.licenses;
  const auto request = parse_license_request(spec.labels.licenses);
  for (const LicenseTable::Row& row : view.licenses.rows()) {
    const auto is_it = [&](const LicenseCount& one) { return one.name == row.name; };
    if (!request || std::ranges::none_of(request->counts, is_it)) continue;
    std::vector<std::string> holders;
    for (const Job* job : view.running) {
      const auto held = parse_license_request(job->spec->labels.licenses);
      if (!held || !job->runs()) continue;
      const auto mine = std::ranges::find_if(held->counts, is_it);
      if (mine == held->counts.end()) continue;
      const std::string name = last.shows(*job) ? "job " + job_name_text(*job) : "another job";
      holders.push_back(fmt::format("{} ({})", name, mine->count));
    }
    text += fmt::format("; {}: {} of {} free", row.name, row.free(), row.total);
    if (!holders.empty()) text += ", in use by " + named(holders);
    for (const Reservation* one : view.reservations) {
      const auto kept = one->licenses.empty() ? std::nullopt : std::optional(parse_license_request(one->licenses));
      if (!kept || !*kept || asks_for(spec, one->name)) continue;
      for (const LicenseCount& count : (*kept)->counts)
        if (count.name == row.name)
          text += fmt::format(", reservation {} keeps {} for {} yet", one->name, count.count,
                              duration_short(std::max(Seconds(0), one->times.end - last.now)));
    }
    if (row.away > 0) text += fmt::format(", {} in use outside the cluster", row.away);
  }
  return text;
}

namespace {

// "it waits for afterok:12(unfulfilled)"; of singleton, who is meant.
std::string what_it_depends_on(const ClusterView& view, const Job& job) {
  if (job.dependencies.list.empty()) return "";
  std::string text = "it waits for " + dependencies_text(job.dependencies);
  const auto is_singleton = [](const Dependency& one) { return one.kind == DependencyKind::singleton; };
  if (std::ranges::none_of(job.dependencies.list, is_singleton)) return text;
  std::vector<std::string> names;
  const auto add = [&](const Job& other) {
    const bool same = other.spec->labels.name == job.spec->labels.name && other.spec->owner.uid == job.spec->owner.uid;
    if (same && other.id < job.id) names.push_back(job_name_text(other));
  };
  for (const Job* other : view.running) add(*other);
  for (const PendingJob& other : view.pending) add(*other.job);
  return names.empty() ? text : text + "; of its name and user there is job " + named(names);
}

}  // namespace

std::string nobody_has(const ClusterView& view, const PlanPartition& partition, const FeatureNeed& need) {
  std::string missing;
  for (const std::string& name : need.names()) {
    const auto has = [&](NodeIndex index) {
      const auto words = split_commas(view.nodes[index.value]->features_active);
      return std::find(words.begin(), words.end(), name) != words.end();
    };
    if (std::ranges::none_of(partition.nodes, has)) missing += (missing.empty() ? "" : ", ") + name;
  }
  if (missing.empty()) return "no node of the partition has all that it asks for";
  return "no node of the partition has " + missing;
}

std::vector<const Job*> jobs_on(const ClusterView& view, const std::vector<NodeIndex>& nodes) {
  const auto is_one = [&](NodeIndex node) { return std::ranges::binary_search(nodes, node); };
  std::vector<const Job*> jobs;
  for (const Job* job : view.running) {
    if (!job->allocation) continue;
    const bool is_there = std::ranges::any_of(job->allocation->shares, is_one, &NodeShare::node);
    if (is_there || std::ranges::any_of(units_held(view, *job), is_one)) jobs.push_back(job);
  }
  const auto end = [](const Job* job) { return job->times.limit_at.value_or(Instant(INT64_MAX)); };
  std::ranges::stable_sort(jobs, {}, end);
  return jobs;
}

std::string nodes_of_others(const ClusterView& view, const std::vector<NodeIndex>& nodes) {
  std::set<std::string> held;
  for (const Job* job : view.running)
    for (const NodeIndex node : units_held(view, *job))
      if (std::ranges::binary_search(nodes, node)) held.insert(view.nodes[node.value]->name);
  if (held.empty()) return "";
  const bool one = held.size() == 1;
  return fmt::format("{} {} in a unit of the network that another job has to itself",
                     fold_hosts_sorted({held.begin(), held.end()}), one ? "is" : "are");
}

std::string nodes_of_other_users(const ClusterView& view, const RoomOwner& owner, const std::vector<NodeSpace>& spaces,
                                 const std::vector<NodeIndex>& nodes) {
  HostNames names;
  for (const NodeIndex node : nodes)
    if (const FreeRoom& free = spaces[node.value].room().free; free.units > 0 && !free.owners.admits(owner))
      names.push_back(view.nodes[node.value]->name);
  if (names.empty()) return "";
  const std::string list = fold_hosts_sorted(std::move(names));
  return owner.only_user || owner.only_label
             ? "it is to have its nodes for its user or MCS label alone, and others are on " + list
             : "another user or MCS label has to itself: " + list;
}

std::string capped_nodes(const ClusterView& view, const Demand& demand, const std::vector<NodeSpace>& spaces,
                         const std::vector<NodeIndex>& nodes) {
  if (demand.share.cap == 0) return "";
  Demand uncapped = demand;
  uncapped.share.cap = 0;
  HostNames names;
  for (const NodeIndex node : nodes) {
    const NodeRoom& room = spaces[node.value].room();
    if (tasks_that_fit(demand, room) < tasks_that_fit(uncapped, room)) names.push_back(view.nodes[node.value]->name);
  }
  if (names.empty()) return "";
  return "jobs of the partition have what MaxCPUsPerNode or MaxCPUsPerSocket gives it on " +
         fold_hosts_sorted(std::move(names));
}

void tell_more(const ClusterView& view, const PendingJob& pending, Reason& reason) {
  if (reason.code == ReasonCode::dependency || reason.code == ReasonCode::dependency_never_satisfied)
    reason.detail = what_it_depends_on(view, *pending.job);
  if (reason.code == ReasonCode::array_task_limit && pending.job->spec->array)
    reason.detail = fmt::format("{} tasks of the array run, at most {} may at a time", pending.array_running,
                                pending.job->spec->array->throttle);
}

// Who waits for nothing else begins at --begin.
void add_expectation(const ClusterView& view, const Job& job, const Wait& wait, Explanation& found) {
  found.shown = reason_text(*wait.reason);
  const bool waits_for_time = found.gates.size() == 1 && wait.reason->code == ReasonCode::begin_time;
  if (!wait.expected && waits_for_time)
    found.expected_start = std::max(job.spec->times.begin.value_or(Instant()), job.times.eligible.value_or(Instant()));
  if (!wait.expected) return;
  found.expected_start = wait.expected->start;
  HostNames names;
  for (const NodeIndex node : wait.expected->nodes) names.push_back(view.nodes.at(node.value)->name);
  found.expected_nodes = fold_hosts_sorted(std::move(names));
}

void judge_deadline(const ClusterView& view, const JobSpec& spec, Explanation& found) {
  if (!spec.times.deadline || !found.expected_start) return;
  TimeRequest times = spec.times;
  if (!times.limit && !spec.placement.partitions.empty())
    if (const PlanPartition* partition = view.find_partition(spec.placement.partitions.front()))
      times.limit = time_limit_in(spec, *partition);
  const auto& least = times.limit_min ? times.limit_min : times.limit;
  const Seconds needed = least && !least->unlimited ? to_seconds(least->value) : Seconds(0);
  if (*found.expected_start + needed > *times.deadline) found.latest = *times.deadline - needed;
}

std::vector<NodeSpace> spaces_for(const PendingJob& pending, const ClusterView& view, const Policies& policies,
                                  const ViewOwners& owners) {
  std::vector<NodeSpace> spaces = spaces_of(view, policies, owners);
  for (const Job* job : view.running)
    for (const NodeIndex node : job->without_cpus() ? std::vector<NodeIndex>() : units_held(view, *job))
      spaces[node.value].close();
  const AsideJobs aside(view);
  std::uint32_t tier = 0;
  for (const std::string& name : pending.job->spec->placement.partitions)
    if (const PlanPartition* partition = view.find_partition(name)) tier = std::max(tier, partition->priority_tier);
  if (aside.none() || aside.are_outranked_by(pending, tier)) return spaces;
  for (const Job* job : view.running) {
    if (!is_aside(*job)) continue;
    for (const NodeShare& share : job->allocation->shares)
      spaces[share.node.value].hold(spaces[share.node.value].free_cpus_of(share));
    for (const NodeIndex node : units_held(view, *job)) spaces[node.value].close();
  }
  return spaces;
}

void keep_shown(const ClusterView& view, const LastPass& last, PartitionExplained& found) {
  for (std::vector<JobId>* jobs : {&found.in_the_way, &found.preempted, &found.told_to_go})
    std::erase_if(*jobs, [&](JobId id) {
      const auto is_it = [id](const Job* job) { return job->id == id; };
      const auto at = std::ranges::find_if(view.running, is_it);
      return at != view.running.end() && !last.shows(**at);
    });
}

}  // namespace slurmxx
