// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What slurmd, slurmstepd and the scripts do on a machine. A process's end is written to the spool before anybody is
// told, and slurmstepd kills by itself: both go on while slurmd is away.
#include "sim/machine.h"
#include "sim/names.h"

namespace slurmxx::sim {

NodeRegistration Machine::registration() {
  NodeRegistration found;
  found.shape.cpus = 8;
  found.shape.memory = MebiBytes(8000);
  found.version = "sim";
  found.booted = kernel_.wall() - Seconds((kernel_.now() - booted_).value / 1000);
  found.boot_id = fmt::format("{}", booted_.millis);
  found.slurmd_started = slurmd_started_;
  const IndexSet near({IndexSet::Range{0, 3, 1}});
  found.gres = {{"gpu", "a", 2, {"/dev/gpu0", "/dev/gpu1"}, near, "", ""},
                {"gpu", "b", 1, {"/dev/gpu2"}, {}, "", ""},
                {"shard", "", 6, {}, {}, "", ""},
                {"nic", "", 3, {}, {}, "", ""}};
  return found;
}

Status Machine::keep_job(const NodeJob& job) {
  if (kernel_.rng.percent(faults_.keep_fails)) return fail("no space left in the spool");
  spool_[job.order.job.job].job = job;
  return {};
}

void Machine::run_prolog(const LaunchBatch& job) {
  const bool fails = kernel_.rng.percent(faults_.prolog_fails);
  later(Millis(kernel_.rng.between(1, 3000)), [this, id = job.job, fails] {
    kernel_.note("{}: prolog of {} {}", name_, name_of(id), fails ? "fails" : "is done");
    agent_->prolog_done(id, fails ? "prolog failed" : "");
  });
}

// The script's text says how it goes: "sleep MS exit N signal N" and perhaps "stubborn".
Machine::Plan Machine::plan_of(const StepKey& key, const std::string& text) {
  Plan plan;
  const auto number = [&](const std::string& word) {
    const std::size_t at = text.find(word + " ");
    return at == std::string::npos ? 0L : std::stol(text.substr(at + word.size() + 1));
  };
  plan.duration = Millis(number("sleep"));
  plan.exit = {static_cast<std::uint32_t>(number("exit")), static_cast<std::uint32_t>(number("signal"))};
  if (key.restarts > 2) plan.exit = {};  // RequeueExit: at last it goes well
  plan.ignores_term = text.find("stubborn") != std::string::npos;
  if (plan.duration == Millis(0)) violated(fmt::format("{} starts without its script", name_of(key)));
  return plan;
}

void Machine::start_batch(const LaunchBatch& job) {
  const StepKey key{job.job.job, job.job.restarts, StepId::batch()};
  if (kernel_.rng.percent(faults_.start_fails)) {
    later(Millis(1), [this, key] { agent_->step_ended(key, {{1, 0}, "slurmstepd cannot be started", true}); });
    return;
  }
  start_process(key, plan_of(key, job.script));
}

void Machine::start_step(const LaunchStep& step) {
  ++kernel_.counts().steps;
  constexpr Millis for_ever(100'000'000);
  if (step.key.step == StepId::external()) return start_process(step.key, Plan{for_ever, {}, false});
  start_process(step.key, plan_of(step.key, step.command.arguments.front()));
  constexpr Millis attach_wait(60'000);
  if (oracle_.without_srun(step.key.job)) process_later(step.key, attach_wait, {1, 0});
}

// slurmstepd ends what it runs.
void Machine::srun_gone(const StepKey& step) {
  if (processes_.contains(step)) finish_step(step, {"", Seconds(30)});
}

void Machine::start_process(const StepKey& key, const Plan& plan) {
  const bool is_batch = key.step == StepId::batch();
  kernel_.note("{}: {} starts", name_, name_of(key));
  if (is_batch) oracle_.script_starts(name_, key);
  for (const auto& [other, process] : processes_) {
    if (other == key) violated(fmt::format("step {} runs twice on {}", name_of(key), name_));
    if (other.job == key.job && other.restarts != key.restarts)
      violated(fmt::format("{} starts on {} beside {}", name_of(key), name_, name_of(other)));
  }
  if (!oracle_.promised(key)) violated(fmt::format("{} runs and is not in the log", name_of(key)));
  spool_[key.job].steps[key.step] = std::nullopt;
  processes_[key] = Process{++numbers_, plan};
  process_later(key, plan.duration, plan.exit);
}

void Machine::process_later(const StepKey& key, Millis delay, ExitCode exit) {
  kernel_.after(delay, [this, key, exit, number = processes_.at(key).number] {
    const auto found = processes_.find(key);
    if (found == processes_.end() || found->second.number != number) return;
    StepEnd end{exit, "", false, {}, StepUsage{}};
    end.usage->add_task(0, {1000, 1 << 20, 1 << 21, 0, 0, 0});
    end_process(key, end);
    later(Millis(kernel_.rng.between(0, 5)), [this, key, end] { agent_->step_ended(key, end); });
  });
}

// Without an end: it died and left no word.
void Machine::end_process(const StepKey& key, const std::optional<StepEnd>& end) {
  processes_.erase(key);
  kernel_.note("{}: {} is over", name_, name_of(key));
  if (key.step == StepId::batch()) oracle_.script_ends(name_, key, end.has_value());
  const auto job = spool_.find(key.job);
  if (end && job != spool_.end()) job->second.steps[key.step] = end;
}

void Machine::signal_step(const StepKey& key, const StepdSignal& signal) {
  const auto found = processes_.find(key);
  if (found == processes_.end()) return;
  const bool kills = signal.signal == 9 || (signal.signal == 15 && !found->second.plan.ignores_term);
  if (kills) process_later(key, Millis(1), {0, signal.signal});
}

void Machine::finish_step(const StepKey& key, const StepdFinish& finish) {
  const auto found = processes_.find(key);
  if (found == processes_.end()) return;
  if (!found->second.plan.ignores_term) process_later(key, Millis(kernel_.rng.between(1, 300)), {0, 15});
  process_later(key, Millis(finish.kill_wait.value * 1000 + 1), {0, 9});
}

void Machine::forget_step(const StepKey& key) {
  const auto job = spool_.find(key.job);
  if (job != spool_.end() && job->second.job.order.job.restarts == key.restarts) job->second.steps.erase(key.step);
}

void Machine::clear_job(const LaunchBatch& job, const EndJob&) {
  const bool fails = kernel_.rng.percent(faults_.epilog_fails);
  later(Millis(kernel_.rng.between(1, 3000)), [this, id = job.job, fails] {
    for (const auto& [key, process] : processes_)
      if (key.job == id.job && key.restarts == id.restarts)
        violated(fmt::format("{} is cleared on {} and {} runs", name_of(id), name_, name_of(key)));
    kernel_.note("{}: epilog of {} {}", name_, name_of(id), fails ? "fails" : "is done");
    spool_.erase(id.job);
    agent_->job_cleared(id, fails ? "epilog failed" : "");
  });
}

}  // namespace slurmxx::sim
