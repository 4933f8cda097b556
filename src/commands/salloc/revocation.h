// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// While salloc's command runs: a thread that waits for the end of the allocation, on a connection of its own. When
// that comes first it is told, and the command gets the signal of --kill-command.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <memory>
#include <optional>
#include <thread>

#include "cli/message.h"
#include "cli/session.h"

namespace slurmxx {

class Revocation {
 public:
  Revocation(JobId job, pid_t command, std::optional<int> kill_signal, const Messages& messages);
  Revocation(const Revocation&) = delete;
  ~Revocation();

  bool stop();  // the command has ended: has the allocation, too?

 private:
  void watch();
  bool stopped_within(int milliseconds) const;

  JobId job_;
  pid_t command_;
  std::optional<int> kill_signal_;
  const Messages& messages_;
  FileDescriptor stop_;
  std::atomic<bool> revoked_ = false;
  std::thread thread_;
};

}  // namespace slurmxx
