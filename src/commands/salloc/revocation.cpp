// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/salloc/revocation.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <csignal>

namespace slurmxx {
namespace {

constexpr int retry_ms = 500;

}  // namespace

Revocation::Revocation(JobId job, pid_t command, std::optional<int> kill_signal, const Messages& messages)
    : job_(job),
      command_(command),
      kill_signal_(kill_signal),
      messages_(messages),
      stop_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      thread_([this] { watch(); }) {}

Revocation::~Revocation() { stop(); }

bool Revocation::stop() {
  if (!thread_.joinable()) return revoked_;
  const std::uint64_t one = 1;
  static_cast<void>(!::write(stop_.get(), &one, sizeof one));
  thread_.join();
  return revoked_;
}

bool Revocation::stopped_within(int milliseconds) const {
  pollfd stop{stop_.get(), POLLIN, 0};
  return ::poll(&stop, 1, milliseconds) > 0;
}

// For as long as the command runs, however long slurmctld is away: it takes who does not ask for gone (InactiveLimit).
void Revocation::watch() {
  auto client = make_client();
  if (!client) return;  // it was there for the allocation: the command goes on without being watched
  (*client)->interrupt_by(stop_.get());
  WaitRequest request{job_};
  request.for_end = true;
  auto reply = (*client)->call(request);
  while (!reply && reply.error().code == Errc::communication && !stopped_within(retry_ms))
    reply = (*client)->call(request);
  if (!reply || !std::holds_alternative<WaitReply>(*reply)) return;
  revoked_ = true;
  messages_.info("Job allocation {} has been revoked.", job_.value);
  if (kill_signal_) ::kill(command_, *kill_signal_);
}

}  // namespace slurmxx
