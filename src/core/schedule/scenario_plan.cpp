// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The drawn situation as the planner sees it, its plan as text, and what becomes of the situation when its starts are
// carried out.
#include <fmt/format.h>

#include "core/hostlist/hostlist.h"
#include "core/model/gres_use.h"
#include "core/schedule/scenario.h"

namespace slurmxx {

// Components that are drawn right behind their leader.
std::uint32_t Scenario::followers_of(std::size_t place) const {
  const auto& het = jobs_[place]->spec->het;
  if (!het || het->offset > 0) return 0;
  std::uint32_t count = 0;
  while (place + count + 1 < jobs_.size() && jobs_[place + count + 1]->spec->het &&
         jobs_[place + count + 1]->spec->het->leader == het->leader)
    ++count;
  return count;
}

PendingJob Scenario::pending(std::size_t place) const {
  const Job& job = *jobs_[place];
  PendingJob pending{&job, job.priority.value_or(1), dependencies_[place], followers_of(place)};
  pending.preempts = preempting_[place];
  if (!job.array) return pending;
  pending.tasks = std::min(may_start_[place].value_or(UINT32_MAX), job.array->tasks.size());
  pending.more_tasks = pending.tasks < job.array->tasks.size();
  if (job.spec->array) pending.array_room = may_start_[place].value_or(job.spec->array->throttle);
  return pending;
}

ClusterView Scenario::view() const {
  ClusterView view;
  for (const auto& node : nodes_) view.nodes.push_back(node.get());
  view.partitions = partitions_;
  view.system = system_;
  view.preemption = preemption_;
  view.boots = boots_;
  view.filters_by_extra = true;
  for (const auto& reservation : reservations_) view.reservations.push_back(reservation.get());
  view.licenses = LicenseTable(licenses_);
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    if (!jobs_[i]->unfinished.empty()) view.running.push_back(jobs_[i].get());
    if (jobs_[i]->runs())
      if (const auto held = parse_license_request(jobs_[i]->spec->labels.licenses)) view.licenses.take(held->counts);
    if (jobs_[i]->state == JobState::pending) view.pending.push_back(pending(i));
  }
  return view;
}

namespace {

std::string expectation_text(const ClusterView& view, const Wait& wait) {
  if (!wait.expected) return "";
  HostNames names;
  for (const NodeIndex node : wait.expected->nodes) names.push_back(view.nodes.at(node.value)->name);
  const std::int64_t at = wait.expected->start.seconds;
  return fmt::format(" at {} {}", at % 60 == 0 ? fmt::format("{}min", at / 60) : fmt::format("{}s", at),
                     fold_hosts_sorted(std::move(names)));
}

}  // namespace

std::string decision_text(const ClusterView& view, const Decision& decision) {
  if (const Wait* wait = std::get_if<Wait>(&decision))
    return fmt::format("wait {} {}", wait->job.value, reason_text(*wait->reason)) + expectation_text(view, *wait);
  if (const Preempt* preempt = std::get_if<Preempt>(&decision)) {
    std::string line = fmt::format("preempt {}", preempt->job.value);
    for (const Preempted& one : preempt->victims)
      line += fmt::format(" {}:{}", preempt_mode_name(one.mode), one.job.value);
    return line;
  }
  const Start& start = std::get<Start>(decision);
  std::string text = fmt::format("start {} {}", start.job.value, start.allocation.partition);
  for (const NodeShare& share : start.allocation.shares)
    text += fmt::format(" {}:{}", view.nodes.at(share.node.value)->name, share.cpus);
  if (start.allocation.boots) text += " boots";
  if (start.allocation.batch_host)
    text += fmt::format(" script on {}", view.nodes.at(start.allocation.batch_host->value)->name);
  return text;
}

std::vector<std::string> Scenario::planned() const {
  const ClusterView v = view();
  std::vector<std::string> lines;
  for (const Decision& decision : plan(v, policies_, Instant(0))) lines.push_back(decision_text(v, decision));
  return lines;
}

Status Scenario::apply_starts() {
  for (const Decision& decision : plan(view(), policies_, Instant(0))) {
    const Start* start = std::get_if<Start>(&decision);
    if (!start) continue;
    for (const NodeShare& share : start->allocation.shares) {
      NodeUse& use = nodes_.at(share.node.value)->use;
      for (const std::uint32_t cpu : share.cpu_ids) {
        const bool lends = start->allocation.jobs_per_core > 1;
        if (use.cpu_taken.at(cpu) && !lends) return fail("a CPU was given out twice");
        use.cpu_taken[cpu] = true;
      }
      if (!gres_are_free(nodes_.at(share.node.value)->gres, use.gres, share.gres))
        return fail("GRES were given out twice");
      add_gres(use.gres, share.gres);
      use.cpus += share.cpus;
      use.memory += share.memory;
      ++use.jobs;
      if (start->allocation.whole_nodes) use.whole_node_job = start->job;
    }
    for (const auto& job : jobs_) {
      if (job->id != start->job) continue;
      job->state = JobState::running;
      job->allocation = start->allocation;
      if (!start->licenses.empty()) {
        JobSpec spec = *job->spec;
        spec.labels.licenses = start->licenses;
        job->spec = std::make_shared<const JobSpec>(std::move(spec));
      }
      for (const NodeShare& share : start->allocation.shares) job->unfinished.push_back(share.node);
      if (!start->time_limit.unlimited) job->times.limit_at = Instant(to_seconds(start->time_limit.value).value);
    }
  }
  return {};
}

}  // namespace slurmxx
