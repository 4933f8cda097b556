// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/preemption.h"

#include <algorithm>
#include <csignal>

#include "control/configure.h"
#include "control/gang.h"
#include "control/scheduling.h"
#include "core/config/scheduler_parameters.h"
#include "core/model/node_state.h"
#include "core/schedule/aside.h"
#include "core/schedule/lone_units.h"
#include "core/text/words.h"
#include "state/node_shares.h"

namespace slurmxx {

std::shared_ptr<const PreemptRules> preempt_rules(const ClusterConfig& config, const Directory* directory) {
  const SchedulingSettings& settings = config.scheduling;
  auto rules = std::make_shared<PreemptRules>();
  if (equal_ignoring_case(settings.preempt_type, "preempt/partition_prio")) rules->type = PreemptType::partition_prio;
  if (equal_ignoring_case(settings.preempt_type, "preempt/qos")) rules->type = PreemptType::qos;
  if (rules->type == PreemptType::none) return nullptr;
  rules->modes = parse_preempt_modes(settings.preempt_mode).value_or(PreemptModes{});
  rules->tuning = parse_preempt_parameters(settings.preempt_parameters);
  const PlacementParameters words = parse_scheduler_parameters(settings.scheduler_parameters).placement;
  if (words.preempt_reorder_count != 1) rules->tuning.reorder_count = words.preempt_reorder_count;
  if (words.preempt_strict_order) rules->tuning.reorder_count = 0;
  if (words.preempt_youngest_first) rules->tuning.youngest_first = true;
  if (!settings.preempt_exempt_time.unlimited) rules->exempt = settings.preempt_exempt_time.value;
  rules->job_requeue = config.jobs.job_requeue;
  for (const PartitionConfig& partition : config.partitions)
    rules->partitions[partition.name] = {parse_preempt_modes(partition.policy.preempt_mode),
                                         partition.limits.grace_time};
  if (!directory) return rules;
  for (const Qos& row : directory->book().qos)
    rules->qos[row.name] = {row.preempt, row.priority, parse_preempt_modes(row.preempt_mode), row.grace_time,
                            row.preempt_exempt_time};
  return rules;
}

void Preempting::renew() {
  c_.planning_.preemption = preempt_rules(c_.config(), c_.index_.accounts.directory.get());
  constexpr Seconds usual(2);
  const PreemptTuning tuning = parse_preempt_parameters(c_.config().scheduling.preempt_parameters);
  c_.planning_.suspend_grace = tuning.suspend_grace.value_or(usual);
  c_.planning_.gang = parse_preempt_modes(c_.config().scheduling.preempt_mode).value_or(PreemptModes{}).gang;
}

std::vector<Preempted> Preempting::note(const Preempt& decision) {
  std::vector<Preempted> victims = decision.victims;
  std::erase_if(victims, [this](const Preempted& victim) {
    const Job* one = c_.state_.find(victim.job);
    return !one || !one->runs() || one->is_preempted();
  });
  std::set<Incarnation>& lives = c_.planning_.preempting[decision.job];
  for (const Preempted& victim : victims) lives.insert({victim.job, c_.state_.find(victim.job)->restarts});
  return victims;
}

void Preempting::carry_out(const Preempt& decision) {
  const Job* job = c_.state_.find(decision.job);
  if (!job || job->state != JobState::pending) return;
  for (const Preempted& victim : note(decision)) {
    const Job& one = *c_.state_.find(victim.job);
    if (one.runs() && !one.is_preempted()) preempt(one.id, victim.mode);
  }
}

void Preempting::preempt(JobId id, PreemptMode mode) {
  const Job& job = *c_.state_.find(id);
  if (mode == PreemptMode::suspend) return stop(job);
  KillOrder order{JobState::preempted, c_.options_.slurm_user, c_.now_.wall, mode == PreemptMode::requeue, Hold::none};
  const Seconds grace = c_.planning_.preemption->grace_of(job);
  if (grace > Seconds(0)) order.due = c_.now_.wall + grace;
  c_.emit(JobKillOrdered{id, order});
  if (!order.due) return finish(id);
  warn(*c_.state_.find(id));
}

// What stands still hears nothing: SIGCONT comes first.
void Preempting::warn(const Job& job) {
  const SignalPlan& plan = job.spec->times.signal;
  const bool own = c_.planning_.preemption->tuning.send_user_signal && plan.signal != 0 &&
                   c_.timers_.warned.insert({job.id, job.restarts}).second;
  SignalJob order{{job.id, job.restarts}, SIGCONT};
  for (const NodeIndex node : job.unfinished) c_.order(node, order);
  order.signal = own ? plan.signal : SIGTERM;
  order.batch_only = own && plan.batch_shell_only;
  for (const NodeIndex node : job.unfinished) c_.order(node, order);
}

void Preempting::stop(const Job& job) {
  if (job.preparing || c_.waiting_.unprepared.contains(job.id)) return;
  if (job.state == JobState::suspended && !Gang(c_).leave(job)) return;
  c_.emit(JobSuspended{job.id, true});
  c_.planning_.again = true;
  for (const NodeIndex node : job.unfinished)
    c_.order(node, SuspendJob{{job.id, job.restarts}, false, c_.planning_.suspend_grace});
}

void Preempting::finish(JobId id) {
  if (c_.state_.find(id)->kill->requeue)
    Scheduling(c_).requeue_job(id, Hold::none, "", Scheduling::By::hand);
  else
    Scheduling(c_).end_job(id, {JobState::preempted, {0, SIGTERM}, "", "CANCELLED DUE TO PREEMPTION"});
}

void Preempting::end_graces() {
  std::vector<JobId> over;
  for (const JobId id : c_.active_) {
    const Job& job = *c_.state_.find(id);
    if (job.is_preempted() && job.kill->due.value_or(c_.now_.wall) <= c_.now_.wall) over.push_back(id);
  }
  for (const JobId id : over) finish(id);
}

bool Preempting::has_left(const Incarnation& life) const {
  const Job* job = c_.state_.find(life.job);
  if (!job || job->unfinished.empty() || job->state == JobState::suspended) return true;
  return job->restarts > life.restarts && job->times.started;
}

// It waits no more, or all that were to go have gone.
bool Preempting::has_room(JobId id, const std::set<Incarnation>& lives) const {
  const Job* job = c_.state_.find(id);
  return !job || job->state != JobState::pending ||
         std::ranges::all_of(lives, [this](const Incarnation& life) { return has_left(life); });
}

void Preempting::forget_done() {
  std::erase_if(c_.planning_.preempting, [this](const auto& entry) { return has_room(entry.first, entry.second); });
}

// Jobs of its partition that have that CPU now.
std::uint32_t Preempting::sharers(const Job& job, NodeIndex node, std::uint32_t cpu) const {
  const auto has_it = [&](const NodeShare& share) {
    return share.node == node && std::ranges::find(share.cpu_ids, cpu) != share.cpu_ids.end();
  };
  return static_cast<std::uint32_t>(std::ranges::count_if(c_.active_, [&](JobId id) {
    const Job& other = *c_.state_.find(id);
    return id != job.id && other.runs() && other.allocation && !other.without_cpus() &&
           other.allocation->partition == job.allocation->partition &&
           std::ranges::any_of(other.allocation->shares, has_it);
  }));
}

// Blocks and leaf switches that jobs have to themselves.
bool Preempting::has_its_units(const Job& job) {
  if (std::ranges::none_of(units_.partitions, [](const PlanPartition& one) { return one.topology != nullptr; }))
    return true;
  units_.running.clear();
  for (const JobId id : c_.active_) units_.running.push_back(c_.state_.find(id));
  return slurmxx::has_its_units(units_, job);
}

bool Preempting::may_go_on(const Job& job) {
  if (!has_its_units(job)) return false;
  return std::all_of(job.allocation->shares.begin(), job.allocation->shares.end(), [&](const NodeShare& share) {
    const NodeUse& use = c_.state_.find(share.node)->use;
    if (use.whole_node_job || (job.allocation->whole_nodes && use.jobs > 0)) return false;
    return std::none_of(share.cpu_ids.begin(), share.cpu_ids.end(), [&](std::uint32_t id) {
      const bool taken = id < use.cpu_taken.size() && use.cpu_taken[id];
      const std::uint32_t most = job.allocation->jobs_per_core;
      return taken && !(most > 1 && is_lent(use, id) && sharers(job, share.node, id) < most);
    });
  });
}

// Of a heterogeneous job: all components that stand aside.
bool Preempting::may_go_on_together(const Job& job) {
  if (!job.spec->het) return may_go_on(job);
  return std::ranges::all_of(Scheduling(c_).with_components(job.id, true), [this](JobId id) {
    const Job& one = *c_.state_.find(id);
    return !is_aside(one) || may_go_on(one);
  });
}

// For one that waits until others have gone as well.
bool Preempting::makes_room(JobId id) const {
  return std::ranges::any_of(c_.planning_.preempting, [this, id](const auto& entry) {
    return !has_room(entry.first, entry.second) &&
           std::ranges::any_of(entry.second, [id](const Incarnation& life) { return life.job == id; });
  });
}

// Once those that outrank it had their turn: who could have had the CPUs has them, and to suspend the job again would
// make no room.
void Preempting::resume_aside() {
  if (!c_.planning_.preemption) return;
  std::vector<JobId> aside;
  for (const JobId id : c_.active_)
    if (is_aside(*c_.state_.find(id))) aside.push_back(id);
  if (aside.empty()) return;
  units_.partitions.clear();
  for (const auto& partition : c_.state_.partitions())
    units_.partitions.push_back(plan_partition_with_defaults(*partition, c_.config(), &c_.planning_.topologies));
  for (const JobId id : aside) {
    const Job& job = *c_.state_.find(id);
    if (!is_aside(job) || !may_go_on_together(job) || makes_room(id)) continue;
    c_.planning_.newcomers = true;  // it may share its cores
    c_.emit(JobResumed{id});
    for (const NodeIndex node : job.unfinished) c_.order(node, SuspendJob{{id, job.restarts}, true});
  }
}

}  // namespace slurmxx
