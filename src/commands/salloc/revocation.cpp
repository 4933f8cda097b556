// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/salloc/revocation.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <csignal>

namespace slurmxx {

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

void Revocation::watch() {
  auto client = make_client();
  if (!client) return;  // it was there for the allocation: the command goes on without being watched
  (*client)->interrupt_by(stop_.get());
  WaitRequest request{job_};
  request.for_end = true;
  const auto reply = (*client)->call(request);
  if (!reply || !std::holds_alternative<WaitReply>(*reply)) return;
  revoked_ = true;
  messages_.info("Job allocation {} has been revoked.", job_.value);
  if (kill_signal_) ::kill(command_, *kill_signal_);
}

}  // namespace slurmxx
