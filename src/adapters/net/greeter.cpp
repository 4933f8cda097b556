// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/net/greeter.h"

#include <chrono>
#include <thread>
#include <utility>

namespace slurmxx {

Greeter::Greeter(HandshakePorts ports, Introduce introduce, std::function<void()> wake) {
  std::thread([shared = shared_, ports, introduce = std::move(introduce), wake = std::move(wake)] {
    run(shared, ports, introduce, wake);
  }).detach();
}

Greeter::~Greeter() {
  std::unique_lock lock(shared_->mutex);
  shared_->stopping = true;
  shared_->news.notify_all();
  // What hangs in munged is left behind: the process is about to end.
  shared_->news.wait_for(lock, std::chrono::seconds(1), [this] { return shared_->ended; });
}

void Greeter::push(Visit visit) {
  const std::lock_guard lock(shared_->mutex);
  shared_->visits.push_back(std::move(visit));
  shared_->news.notify_all();
}

std::vector<Greeter::Outcome> Greeter::take() {
  const std::lock_guard lock(shared_->mutex);
  return std::exchange(shared_->outcomes, {});
}

void Greeter::run(const std::shared_ptr<Shared>& shared, HandshakePorts ports, const Introduce& introduce,
                  const std::function<void()>& wake) {
  std::unique_lock lock(shared->mutex);
  while (true) {
    shared->news.wait(lock, [&] { return shared->stopping || !shared->visits.empty(); });
    if (shared->stopping) break;
    const Visit visit = std::move(shared->visits.front());
    shared->visits.pop_front();
    lock.unlock();
    Result<Accepted> accepted = ServerHandshake(visit.shake, ports).accept(visit.hello);
    if (accepted && introduce) introduce(accepted->established.peer);
    lock.lock();
    if (shared->stopping) break;
    shared->outcomes.push_back({visit.key, std::move(accepted)});
    if (shared->outcomes.size() == 1) wake();
  }
  shared->ended = true;
  shared->news.notify_all();
}

}  // namespace slurmxx
