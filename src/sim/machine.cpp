// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// slurmd's side: its process, its session, its spool after a restart. What runs is in machine_host.cpp.
#include "sim/machine.h"

#include <algorithm>

#include "sim/names.h"
#include "wire/node_frames.h"

namespace slurmxx::sim {

Machine::Machine(Kernel& kernel, Oracle& oracle, Head& head, std::string name)
    : kernel_(kernel), oracle_(oracle), head_(head), name_(std::move(name)), booted_(kernel.now()) {}

void Machine::later(Millis delay, std::function<void()> what) {
  kernel_.after(delay, [this, life = generation_, what = std::move(what)] {
    if (life != generation_ || !agent_) return;
    if (kernel_.now() < hung_until_) return later(hung_until_ - kernel_.now(), what);
    what();
  });
}

void Machine::start_slurmd() {
  if (agent_) return;
  ++generation_;
  slurmd_started_ = kernel_.wall();
  AgentOptions options;
  options.node_name = name_;
  options.kill_wait = Seconds(5);
  hung_until_ = MonoTime();
  agent_.emplace(std::move(options), *this);
  agent_->restore(obeyed_);
  kernel_.note("{}: slurmd starts, holds{}", name_, holdings());
  for (const auto& [id, job] : std::map(spool_)) agent_->restore(found(job));
  backoff_ = Millis(100);
  connect();
}

// A step without process and without end: its slurmstepd died; it is told as killed.
FoundJob Machine::found(const SpooledJob& job) const {
  FoundJob all{job.job, {}};
  const Incarnation life = job.job.order.job;
  for (const auto& [id, end] : job.steps) {
    if (id == StepId::batch() && end && kernel_.sabotaged(Sabotage::forget_end)) continue;
    if (end || processes_.contains({life.job, life.restarts, id}))
      all.steps.push_back({id, end});
    else
      all.steps.push_back({id, StepEnd{{0, 9}, "", false}});
  }
  return all;
}

void Machine::kill_slurmd() {
  if (!agent_) return;
  ++kernel_.counts().node_deaths;
  kernel_.note("{}: slurmd is killed", name_);
  agent_.reset();
  ++generation_;
  if (link_) link_->close(End::peer);
  link_.reset();
}

void Machine::reboot() {
  ++kernel_.counts().node_deaths;
  kernel_.note("{}: reboots", name_);
  agent_.reset();
  ++generation_;
  if (link_) link_->vanish(End::peer);
  link_.reset();
  while (!processes_.empty()) end_process(StepKey(processes_.begin()->first), std::nullopt);
  drop_spool_of_last_boot();
  booted_ = kernel_.now();
}

void Machine::drop_spool_of_last_boot() {
  std::erase_if(spool_, [](const auto& entry) {
    const auto batch = entry.second.steps.find(StepId::batch());
    return batch == entry.second.steps.end() || !batch->second;
  });
}

void Machine::kill_a_stepd() {
  if (processes_.empty()) return;
  auto chosen = processes_.begin();
  std::advance(chosen, kernel_.rng.between(0, static_cast<std::int64_t>(processes_.size()) - 1));
  const StepKey key = chosen->first;
  kernel_.note("{}: the slurmstepd of {} dies", name_, name_of(key));
  end_process(key, std::nullopt);
  later(Millis(5), [this, key] { agent_->step_ended(key, {{0, 9}, "", false}); });
}

void Machine::break_session() {
  if (!link_) return;
  kernel_.note("{}: session breaks", name_);
  link_->cut();
}

void Machine::hang(Millis how_long) {
  if (!agent_) return;
  kernel_.note("{}: slurmd hangs for {} ms", name_, how_long.value);
  hung_until_ = kernel_.now() + how_long;
  if (link_) link_->stall(hung_until_);
}

void Machine::part(Millis how_long) {
  kernel_.note("{}: parted for {} s", name_, how_long.value / 1000);
  parted_until_ = std::max(parted_until_, kernel_.now() + how_long);
  if (link_) link_->stall(parted_until_);
}

void Machine::meet_ghost() {
  if (!agent_ || link_ || obeyed_.epoch <= Epoch(1)) return;
  kernel_.note("{}: a controller that was replaced speaks", name_);
  agent_->connected();
  Welcome ghost{Epoch(obeyed_.epoch.value - 1), Seconds(10), {}};
  ghost.log = obeyed_.log;
  agent_->order(ghost, kernel_.now());
  for (const auto& [id, job] : spool_) agent_->order(EndJob{job.job.order.job, Seconds(0), "CANCELLED"}, kernel_.now());
  agent_->disconnected();
}

std::string Machine::holdings() const {
  std::string text;
  for (const auto& [id, job] : spool_) text += " job " + name_of(job.job.order.job);
  for (const auto& [key, process] : processes_) text += " process " + name_of(key);
  return text;
}

// ---- the session

void Machine::connect() {
  std::shared_ptr<Link> link;
  if (kernel_.now() >= parted_until_)
    link = head_.connect([this, life = generation_](const auto& what) {
      if (life == generation_ && agent_) take(std::get<NodeOrder>(what));
    });
  if (!link) return retry();
  connected(std::move(link));
}

void Machine::connected(std::shared_ptr<Link> link) {
  backoff_ = Millis(100);
  link_ = std::move(link);
  link_->on_closed(End::peer, [this, life = generation_] {
    if (life == generation_ && agent_) later(Millis(0), [this] { disconnected(); });
  });
  kernel_.note("{}: connected, session {}", name_, link_->id().value);
  agent_->connected();
  agent_->tick(kernel_.now());
  plan_tick();
}

void Machine::retry() {
  later(backoff_, [this] {
    if (!link_) connect();
  });
  backoff_ = std::min(backoff_ * 2, Millis(5000));
}

void Machine::disconnected() {
  if (!link_ || link_->open(End::peer)) return;
  kernel_.note("{}: session {} is over", name_, link_->id().value);
  link_.reset();
  agent_->disconnected();
  retry();
}

void Machine::take(const NodeOrder& order) {
  kernel_.note("{} < {}", name_, name_of(order));
  if (const auto* welcome = std::get_if<Welcome>(&order); welcome && welcome->epoch < obeyed_.epoch)
    violated(name_ + " is welcomed by an older controller");
  if (const auto* end = std::get_if<EndJob>(&order); end && kernel_.sabotaged(Sabotage::early_cleared))
    send(NodeCleared{end->job, ""});
  agent_->order(order, kernel_.now());
  plan_tick();
}

void Machine::plan_tick() {
  const auto at = agent_->wake_at();
  if (!at) return;
  const std::uint64_t wake = ++wakes_;
  later(std::max(*at - kernel_.now(), Millis(0)), [this, wake] {
    if (wake != wakes_) return;
    agent_->tick(kernel_.now());
    plan_tick();
  });
}

void Machine::send(const NodeReport& report) {
  if (const auto* hello = std::get_if<NodeHello>(&report)) told_ = hello->running.size() + hello->steps.size();
  if (!link_) return;
  if (kernel_.sabotaged(Sabotage::lose_cleared) && std::holds_alternative<NodeCleared>(report) && kernel_.rng.one_in(2))
    return;
  link_->send(End::head, [this, id = link_->id(), bytes = encode(Reported{report})] {
    NodeReport arrived = carried<Reported>(bytes).report;
    kernel_.note("{} > {}", name_, name_of(arrived));
    head_.report(id, std::move(arrived));
  });
}

}  // namespace slurmxx::sim
