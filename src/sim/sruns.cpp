// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "sim/sruns.h"

#include <algorithm>

#include "sim/names.h"

namespace slurmxx::sim {

void Sruns::start(const Caller& caller, SubmitRequest request) {
  auto srun = std::make_shared<Srun>();
  srun->caller = caller;
  srun->step = request.step;
  all_.push_back(srun);
  ask(srun, std::move(request), [this, srun](const ClientReply& reply) {
    const auto* submitted = std::get_if<SubmitReply>(&reply);
    if (!submitted) return end(srun);
    oracle_.acknowledged(srun->submission, submitted->job);
    if (submitted->step) return attend(srun, submitted->step->key);
    ask(srun, WaitRequest{submitted->job, true}, [this, srun](const ClientReply& started) {
      const auto* wait = std::get_if<WaitReply>(&started);
      if (!wait || wait->job.job.state != JobState::running) return end(srun);
      allocated(srun, wait->job.job.id);
    });
  });
  srun->submission = srun->call.request;
}

void Sruns::allocated(const Handle& srun, JobId job) {
  StepRequest step = *srun->step;
  step.job = job;
  ask(srun, std::move(step), [this, srun, job](const ClientReply& reply) {
    if (const auto* made = std::get_if<StepReply>(&reply)) return attend(srun, made->key);
    ask(srun, FinishRequest{job, {1, 0}}, [this, srun](const ClientReply&) { end(srun); });
  });
}

// Until the step is over, as its nodes would say. Then the allocation is given back.
void Sruns::attend(const Handle& srun, const StepKey& key) {
  if (!srun->alive) return;
  srun->runs = key;
  const Job* job = oracle_.truth().find(key.job);
  if (!job || is_ended(job->state)) return end(srun);
  const bool over = job->ended_steps.find(key.step) ||
                    std::any_of(job->steps.begin(), job->steps.end(),
                                [&](const Step& step) { return step.id == key.step && step.ended; });
  if (!over) return kernel_.after(Millis(300), [this, srun, key] { attend(srun, key); });
  ask(srun, FinishRequest{key.job, {}}, [this, srun](const ClientReply&) {
    srun->gave_back = true;
    end(srun);
  });
}

void Sruns::ask(const Handle& srun, ClientRequest request, Then then) {
  srun->call = {++calls_, RequestId(kernel_.rng.next() | 1), std::move(request)};
  srun->then = std::move(then);
  srun->give_up = kernel_.now() + Seconds(10);
  kernel_.note("srun {}: {} as request {}", srun->call.call, name_of(srun->call.body), srun->call.request.value);
  attempt(srun);
}

void Sruns::attempt(const Handle& srun) {
  if (!srun->alive || !srun->then) return;
  if (!srun->link || !srun->link->open(End::peer)) {
    srun->link = head_.connect([this, srun](const auto& what) { answered(srun, std::get<ClientAnswer>(what)); });
    if (!srun->link) return again(srun);
    srun->link->on_closed(End::peer, [this, srun] { broken(srun); });
  }
  srun->link->send(End::head, [this, caller = srun->caller, id = srun->link->id(), bytes = encode(srun->call)] {
    head_.call(id, caller, carried<ClientCall>(bytes));
  });
}

void Sruns::broken(const Handle& srun) {
  if (!srun->alive || !srun->then) return;
  const bool patient =
      std::holds_alternative<WaitRequest>(srun->call.body) || std::holds_alternative<StepRequest>(srun->call.body);
  if (patient) srun->give_up = kernel_.now() + Seconds(10);
  again(srun);
}

void Sruns::again(const Handle& srun) {
  if (kernel_.now() >= srun->give_up) {
    kernel_.note("srun {}: gives up", srun->call.call);
    return end(srun);
  }
  kernel_.after(Millis(kernel_.rng.between(50, 400)), [this, srun] { attempt(srun); });
}

void Sruns::answered(const Handle& srun, const ClientAnswer& answer) {
  if (!srun->alive || !srun->then || answer.call != srun->call.call) return;
  const Then then = std::exchange(srun->then, nullptr);
  then(answer.body);
}

void Sruns::end(const Handle& srun) {
  if (!srun->alive) return;
  srun->alive = false;
  srun->then = nullptr;
  if (srun->link) srun->link->close(End::peer);
  oracle_.srun_ended(srun->submission);
  if (srun->runs)
    for (auto& machine : machines_) machine->srun_gone(*srun->runs);
}

void Sruns::kill_one() {
  std::vector<Handle> alive;
  for (const Handle& srun : all_)
    if (srun->alive) alive.push_back(srun);
  if (alive.empty()) return;
  const Handle& srun = kernel_.rng.pick(alive);
  kernel_.note("srun {}: is killed", srun->call.call);
  end(srun);
}

void Sruns::check_none_is_survived() const {
  for (const Handle& srun : all_) {
    const auto job = oracle_.job_of(srun->submission);
    if (srun->alive || !job) continue;
    const Job* left = oracle_.truth().find(*job);
    if (left && !is_ended(left->state))
      violated(fmt::format("job {} is {} and its srun has ended", job->value, state_name(left->state)));
  }
}

}  // namespace slurmxx::sim
