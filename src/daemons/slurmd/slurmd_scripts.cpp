// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// slurmd: what runs around jobs and beside them. A job that ends: what escaped its steps is killed, then the epilog.
#include <unistd.h>
#include <ctime>

#include <algorithm>

#include <fmt/format.h>

#include "adapters/clock/clock.h"
#include "daemons/slurmd/slurmd.h"
#include "node/unkillable.h"

namespace slurmxx {
namespace {

std::uint64_t ticks_now() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  const auto per_second = static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
  constexpr std::uint64_t nanos = 1'000'000'000;
  return static_cast<std::uint64_t>(now.tv_sec) * per_second +
         static_cast<std::uint64_t>(now.tv_nsec) * per_second / nanos;
}

}  // namespace

void Slurmd::run_prolog(const LaunchBatch& job) {
  begun_.try_emplace(job.job, ticks_now());
  JobScripts scripts;
  scripts.order = prolog_order(job, place());
  run_scripts(job.job, std::move(scripts));
}

OrphanFilter Slurmd::leftovers_of(const LaunchBatch& job) const {
  OrphanFilter filter;
  filter.job = job.job.job;
  filter.owner = job.spec.owner.uid;
  filter.node = settings_.node_name;
  filter.spared = survivors_.pids();
  filter.started_from = begun_.at(job.job);
  return filter;
}

void Slurmd::clear_job(const LaunchBatch& job, const EndJob& end) {
  JobScripts scripts;
  scripts.is_epilog = true;
  scripts.order = epilog_order(job, end, place());
  if (begun_.contains(job.job))  // else nothing of it was ever here
    scripts.cleaner.emplace(leftovers_of(job), config_->timeouts.unkillable_step_timeout, settings_.log, mono_now());
  run_scripts(job.job, std::move(scripts));
}

void Slurmd::run_scripts(const Incarnation& job, JobScripts scripts) {
  scripts.order.before = spool_.script(job.job);  // of ours it has ended
  scripts.order.started = [this, id = job.job](const FoundProcess& process) {
    if (const Status kept = spool_.keep_script(id, process); !kept)
      settings_.log(fmt::format("error: job {}: {}", id.value, text_of(kept.error())));
  };
  JobScripts& held = scripts_.insert_or_assign(job, std::move(scripts)).first->second;
  advance(job, held);
}

// PrologFlags=Serial.
bool Slurmd::must_wait(const Incarnation& job) const {
  if (!config_->launch.prolog_flags.serial) return false;
  return std::any_of(scripts_.begin(), scripts_.end(), [&](const auto& other) {
    return other.first != job && other.second.chain && !other.second.chain->outcome();
  });
}

void Slurmd::advance(const Incarnation& job, JobScripts& scripts) {
  if (scripts.cleaner) {
    scripts.cleaner->tick(mono_now());
    if (!scripts.cleaner->over()) return;
    const auto& survivors = scripts.cleaner->survivors();
    if (!survivors.empty()) {
      scripts.fault = fmt::format("Kill task failed: job {}: {}", job.job.value, survivors_text(survivors));
      survivors_.add(fmt::format("job {}", job.job.value), survivors);
    }
    scripts.cleaner.reset();
  }
  if (scripts.chain) return scripts.chain->tick(mono_now());
  if (must_wait(job)) return;
  scripts.chain.emplace(std::move(scripts.order), mono_now());
  if (scripts.chain->waits_on() >= 0)
    settings_.log(fmt::format("job {}: {} waits for one that an earlier slurmd started", job.job.value,
                              scripts.is_epilog ? "Epilog" : "Prolog"));
}

void Slurmd::finish_scripts() {
  std::vector<Incarnation> over;
  for (auto& [id, scripts] : scripts_) {
    advance(id, scripts);
    if (scripts.chain && scripts.chain->outcome()) over.push_back(id);
  }
  for (const Incarnation& id : over) {
    const JobScripts scripts = std::move(scripts_.at(id));
    scripts_.erase(id);
    scripts_over(id, scripts);
  }
  if (!over.empty() && config_->launch.prolog_flags.serial)  // the next in turn
    for (auto& [id, scripts] : scripts_) advance(id, scripts);
}

void Slurmd::scripts_over(const Incarnation& id, const JobScripts& scripts) {
  const std::string outcome = scripts.chain->outcome().value_or("");
  if (!outcome.empty()) settings_.log(fmt::format("error: job {}: {}", id.job.value, outcome));
  if (!scripts.is_epilog) return agent_.prolog_done(id, outcome);
  if (!scripts.fault.empty()) settings_.log("error: " + scripts.fault);
  begun_.erase(id);
  spool_.remove_job(id.job);
  agent_.job_cleared(id, scripts.fault.empty() ? outcome : scripts.fault);
}

// ---- beside the jobs

void Slurmd::run_beside(ScriptOrder order) {
  if (!order.patterns.empty()) side_programs_.emplace_back(std::move(order), settings_.log, mono_now());
}

void Slurmd::step_unkillable(const StepKey& step, const StepEnd& end) {
  settings_.log("error: " + fault_of(step, end));
  survivors_.add(fmt::format("{}.{}", step.job.value, to_string(step.step)), end.survivors);
  run_beside(unkillable_order(step, end, place()));
}

// One at a time: the next order comes after an interval that may be shorter than the program.
void Slurmd::check_health() {
  if (config_->timeouts.health_check_interval == Seconds(0) || !side_programs_.empty()) return;
  run_beside(health_check_order(place()));
}

// Blocks for as long as the programs run.
void Slurmd::look_at_features() {
  auto features = features_set(feature_programs());
  if (features == settings_.registration.features) return;
  settings_.registration.features = std::move(features);
  agent_.order(SayHello{}, mono_now());
}

// A slurmctld that began anew cannot know whether its order has come.
void Slurmd::reboot(const RebootNode& order) {
  if (order.ordered != Instant() && order.ordered == done_.reboot_ordered)
    return settings_.log("slurmctld asks again for the reboot that RebootProgram has been started for: nothing to do");
  const bool runs = std::any_of(side_programs_.begin(), side_programs_.end(),
                                [](const SideProgram& program) { return program.name() == reboot_program; });
  if (runs) return;
  const FeaturesGiven given = give_features(feature_programs(), order.features);
  if (!order.features.empty() && given != FeaturesGiven::by_boot) {
    settings_.registration.features = features_set(feature_programs());
    settings_.registration.features_set = wall_now();
    return agent_.order(SayHello{}, mono_now());
  }
  if (config_->paths.reboot_program.empty()) return settings_.log("error: cannot reboot: RebootProgram is not set");
  settings_.log("slurmctld asks for a reboot: RebootProgram runs");
  done_.reboot_ordered = order.ordered;
  run_beside(reboot_order(order, place()));
}

void Slurmd::serve_side_programs() {
  for (SideProgram& program : side_programs_) program.serve(mono_now());
  std::erase_if(side_programs_, [](const SideProgram& program) { return program.over(); });
}

// HealthCheckProgram runs before the node registers: it may have to be drained first.
void Slurmd::register_when_healthy() {
  if (done_.registered || !side_programs_.empty()) return;
  done_.registered = true;
  uplink_->start();
}

void Slurmd::named(const std::string& name) {
  if (settings_.node_name != name) settings_.log("this is node " + name);
  settings_.node_name = name;
}

}  // namespace slurmxx
