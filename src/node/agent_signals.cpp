// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Of the agent: orders that reach into steps that run, and steps that somebody waits for.
#include <csignal>

#include "node/agent.h"

namespace slurmxx {
namespace {

constexpr ExitCode killed{0, 9};

StepKey key_of(const Incarnation& life, StepId step) { return {life.job, life.restarts, step}; }

}  // namespace

// The order to launch it was lost with the slurmd before us: whoever waits for the step waits in vain.
void NodeAgent::remember_never(const StepKey& step) {
  constexpr std::size_t never_max = 1000;
  if (view(step) != StepView::coming) return;
  never_.push_back(step);
  if (never_.size() > never_max) never_.pop_front();
}

bool NodeAgent::holds(const StepKey& key) const {
  const auto found = jobs_.find(Incarnation{key.job, key.restarts});
  return found != jobs_.end() && found->second.steps.contains(key.step);
}

void NodeAgent::awaited(const StepKey& step, MonoTime now) {
  constexpr Seconds patience{1};  // orders are as a rule here before srun is
  constexpr std::size_t asked_max = 1000;
  if (!holds(step) && ask_at_.size() < asked_max) ask_at_.try_emplace(step, now + patience);
}

void NodeAgent::ask_for_awaited(MonoTime now) {
  std::erase_if(ask_at_, [&](const auto& entry) {
    const auto& [step, ask_at] = entry;
    if (ask_at > now) return false;
    if (!holds(step) && view(step) == StepView::coming) host_.send(StepAwaited{step});
    return true;
  });
}

void NodeAgent::signal_job(const SignalJob& order) {
  const auto found = jobs_.find(order.job);
  const bool held = found != jobs_.end() && order.step && found->second.steps.contains(*order.step);
  if (order.step && order.signal == SIGKILL && !held) remember_never(key_of(order.job, *order.step));
  if (found == jobs_.end()) return;
  if (order.signal == 0 && order.step) {  // its srun is gone: what waits for the prolog need not start
    const auto step = found->second.steps.find(*order.step);
    if (step != found->second.steps.end() && step->second.waiting)
      return end_step(found->second, *order.step, {killed, "its srun is gone", false});
  }
  for (const auto& [id, step] : found->second.steps) {
    if (step.waiting || step.end) continue;
    const bool is_batch = id == StepId::batch();
    if (id.is_broadcast() && !order.step) continue;
    const bool meant = order.step ? *order.step == id
                       : is_batch ? order.batch_only || order.with_batch
                                  : !order.batch_only;
    if (!meant) continue;
    if (order.step && order.signal == 9)
      host_.finish_step(key_of(order.job, id), order.why.empty() ? StepdFinish{"CANCELLED", Seconds(0)}
                                                                 : StepdFinish{order.why, options_.kill_wait});
    else
      host_.signal_step(key_of(order.job, id), {order.signal, order.batch_only});
  }
}

void NodeAgent::tell_usage(const AskUsage& question) {
  UsageTold told{question.call, {}};
  if (const auto found = jobs_.find(question.job); found != jobs_.end())
    for (const auto& [id, step] : found->second.steps)
      if (!step.end && !step.waiting)
        if (auto usage = host_.usage_of(key_of(question.job, id))) told.steps.push_back(std::move(*usage));
  host_.send(told);
}

void NodeAgent::signal_steps(const HeldJob& job, int signal) {
  for (const auto& [id, step] : job.steps)
    if (!step.waiting && !step.end && !id.is_broadcast())
      host_.signal_step(key_of(job.record.order.job, id), {static_cast<std::uint32_t>(signal), false});
}

// SIGTSTP lets programs put themselves in order. Whether slurmctld or we were restarted meanwhile: a second signal of a
// kind changes nothing.
void NodeAgent::suspend_job(const SuspendJob& order, MonoTime now) {
  const auto found = jobs_.find(order.job);
  if (found == jobs_.end() || found->second.finish) return;
  HeldJob& job = found->second;
  const bool is_new = job.suspended == order.resume;
  job.suspended = !order.resume;
  if (order.resume) {
    stop_at_.erase(order.job);
    signal_steps(job, SIGCONT);
    if (job.phase == JobPhase::running && job.record.prolog_done && !job.failed) run(job);
  } else if (order.grace <= Seconds(0)) {
    signal_steps(job, SIGSTOP);
  } else if (is_new || !stop_at_.contains(order.job)) {
    signal_steps(job, SIGTSTP);
    stop_at_[order.job] = now + order.grace;
  }
}

void NodeAgent::stop_who_was_told(MonoTime now) {
  std::erase_if(stop_at_, [&](const auto& entry) {
    const auto& [id, at] = entry;
    const auto found = jobs_.find(id);
    if (found == jobs_.end() || found->second.finish) return true;
    if (at > now) return false;
    signal_steps(found->second, SIGSTOP);
    return true;
  });
}

// To who reads the errors of the script, or of its steps where there is none.
void NodeAgent::notify_job(const NotifyJob& order) {
  const auto found = jobs_.find(order.job);
  if (found == jobs_.end()) return;
  const bool has_script = found->second.steps.contains(StepId::batch());
  for (const auto& [id, step] : found->second.steps)
    if (!step.waiting && !step.end && !id.is_broadcast() && (id == StepId::batch()) == has_script)
      host_.notify_step(key_of(order.job, id), {order.message});
}

}  // namespace slurmxx
