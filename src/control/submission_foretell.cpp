// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Of Submission: --test-only, when and where a job would start.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "control/accounts.h"
#include "control/configure.h"
#include "control/reservations.h"
#include "control/scheduling.h"
#include "control/submission.h"
#include "core/hostlist/hostlist.h"
#include "core/model/gres_use.h"
#include "core/schedule/plan.h"
#include "core/text/words.h"

namespace slurmxx {

namespace {

struct Foretold {
  Start start;
  Instant when;
};

std::optional<Start> start_alone(const ClusterView& view, const Policies& policies, Instant when) {
  for (const Decision& decision : plan(view, policies, when))
    if (const Start* start = std::get_if<Start>(&decision)) return *start;
  return std::nullopt;
}

// Who makes room for the job, as a line of --test-only; none: nobody.
std::vector<std::string> victims_note(const std::vector<Decision>& decisions, JobId job) {
  for (const Decision& decision : decisions) {
    const auto* preempt = std::get_if<Preempt>(&decision);
    if (!preempt || preempt->job != job) continue;
    std::vector<std::string> victims;
    for (const Preempted& one : preempt->victims) victims.push_back(to_string(one.job));
    return {"  Preempts: " + join(victims, ",")};
  }
  return {};
}

// A copy of the nodes on which some jobs are over; a view of it points into it.
class Freed {
 public:
  explicit Freed(const ClusterView& view) {
    for (const Node* node : view.nodes) nodes_.push_back(*node);
  }
  void end(const Job& job) {
    for (const NodeShare& share : job.allocation->shares) {
      if (std::find(job.unfinished.begin(), job.unfinished.end(), share.node) == job.unfinished.end()) continue;
      NodeUse& use = nodes_[share.node.value].use;
      use.memory = std::max(MebiBytes(0), use.memory - share.memory);
      std::uint32_t& jobs = job.runs() ? use.jobs : use.completing_jobs;
      jobs -= std::min(jobs, 1u);
      use.whole_node_job.reset();  // a whole-node job is alone there
      if (!job.without_cpus()) give_back(use, share);
      subtract_gres(use.gres, share.gres);
    }
  }
  static void give_back(NodeUse& use, const NodeShare& share) {
    for (const std::uint32_t id : share.cpu_ids) {
      const auto other = std::find(use.cpus_shared.begin(), use.cpus_shared.end(), id);
      if (other != use.cpus_shared.end()) {
        use.cpus_shared.erase(other);
      } else if (id < use.cpu_taken.size()) {
        use.cpu_taken[id] = false;
        use.cpus -= std::min(use.cpus, 1u);
      }
    }
  }
  void show_in(ClusterView& view) const {
    for (std::size_t i = 0; i < nodes_.size(); ++i) view.nodes[i] = &nodes_[i];
  }

 private:
  std::vector<Node> nodes_;  // by NodeIndex
};

// When and where the view's one pending job would start if no other waited. Running jobs are over when their limits
// say; those without a limit come last, and are taken to run for a year.
std::optional<Foretold> foretell(ClusterView view, const Policies& policies, Instant earliest) {
  constexpr Seconds year(365 * 24 * 3600);
  if (auto start = start_alone(view, policies, earliest)) return Foretold{std::move(*start), earliest};
  const auto over_at = [&](const Job* job) {
    return job->runs() ? std::max(earliest, job->times.limit_at.value_or(earliest + year)) : earliest;
  };
  std::vector<const Job*> running;
  for (const Job* job : view.running)
    if (job->allocation) running.push_back(job);
  std::sort(running.begin(), running.end(), [&](const Job* a, const Job* b) { return over_at(a) < over_at(b); });
  // The fewest that must be over first: more of them never hurt.
  std::optional<Foretold> found;
  std::size_t low = 1, high = running.size() + 1;
  while (low < high) {
    const std::size_t over = low + (high - low) / 2;
    const Instant when = over_at(running[over - 1]);
    Freed freed(view);
    for (std::size_t i = 0; i < over; ++i) freed.end(*running[i]);
    ClusterView then = view;
    freed.show_in(then);
    std::erase_if(then.running, [&](const Job* job) {
      return std::find(running.begin(), running.begin() + static_cast<std::ptrdiff_t>(over), job) !=
             running.begin() + static_cast<std::ptrdiff_t>(over);
    });
    auto start = start_alone(then, policies, when);
    (start ? high : low) = start ? over : over + 1;
    if (start) found = Foretold{std::move(*start), when};
  }
  return found;
}

}  // namespace

// What the next pass would set aside for it, behind those that wait already; nothing: the pass does not say.
std::optional<SubmitReply> Submission::behind_others(ClusterView view, const Job& job) const {
  constexpr std::size_t looked_at = 10'000;
  const bool may_preempt = view.preemption != nullptr;
  if ((view.pending.empty() && !may_preempt) || view.pending.size() > looked_at || job.spec->times.begin) return {};
  view.limits = nullptr;
  const Priorities& priorities = *c_.planning_.priorities;
  view.pending.push_back({&job, std::max(1u, priorities.of(job)), DependencyState::met});
  view.pending.back().priorities = priorities.by_partition(job);
  const ResourceRequest& asked = job.spec->resources;
  const std::vector<Decision> decisions = plan(view, c_.planning_.rules->policies, c_.now_.wall);
  for (const Decision& decision : decisions) {
    const auto* wait = std::get_if<Wait>(&decision);
    if (!wait || wait->job != job.id || !wait->expected) continue;
    SubmitReply reply;
    reply.notes = victims_note(decisions, job.id);
    reply.job = job.id;
    reply.expected_start = wait->expected->start;
    std::vector<std::string> names;
    for (const NodeIndex node : wait->expected->nodes) names.push_back(c_.state_.find(node)->name);
    reply.nodes = fold_hosts(names);
    reply.processors = std::max(static_cast<std::uint32_t>(names.size()), asked.tasks * asked.cpus_per_task);
    reply.partition = job.spec->placement.partitions.front();
    return reply;
  }
  return {};
}

Result<ClientReply> Submission::test_only(const JobSpec& spec) const {
  Job job;
  job.id = c_.state_.next_job_id();
  job.spec = std::make_shared<const JobSpec>(spec);
  job.times.submitted = c_.now_.wall;
  ClusterView view = Scheduling::cluster_view(c_);
  for (PlanPartition& partition : view.partitions) partition.state = PlanPartition::State::up;
  if (const auto known = behind_others(view, job)) return ClientReply(*known);
  view.limits = nullptr;  // what other jobs use of limits says nothing of later
  view.pending = {{&job, 1, DependencyState::met}};
  const Instant earliest = std::max(c_.now_.wall, spec.times.begin.value_or(c_.now_.wall));
  const auto foretold = foretell(std::move(view), c_.planning_.rules->policies, earliest);
  if (!foretold) return fail(Errc::node_config_unavailable);
  const Allocation& allocation = foretold->start.allocation;
  SubmitReply reply;
  reply.job = job.id;
  reply.nodes = fold_hosts(c_.node_names(allocation));
  reply.expected_start = foretold->when;
  for (const NodeShare& share : allocation.shares) reply.processors += share.cpus;
  reply.partition = allocation.partition;
  return ClientReply(reply);
}

}  // namespace slurmxx
