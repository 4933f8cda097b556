// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A plan as text, and what becomes of the situation when its starts are carried out.
#include <fmt/format.h>

#include "core/hostlist/hostlist.h"
#include "core/model/gres_use.h"
#include "core/schedule/scenario.h"

namespace slurmxx {
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
        if (use.cpu_taken.at(cpu)) return fail("a CPU was given out twice");
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
      for (const NodeShare& share : start->allocation.shares) job->unfinished.push_back(share.node);
      if (!start->time_limit.unlimited) job->times.limit_at = Instant(to_seconds(start->time_limit.value).value);
    }
  }
  return {};
}

}  // namespace slurmxx
