// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// How a daemon goes into the background: the process that was started waits until the daemon serves, and ends with 0,
// or with 1 when it could not start. So what is wrong is told on the terminal, and a script may go on at once.
#pragma once

#include <csignal>

#include "adapters/net/file_descriptor.h"
#include "base/result.h"

namespace slurmxx {

class Background {
 public:
  // Forks; only the child returns, in a session of its own. No thread may run yet.
  static Result<Background> enter();
  Background() = default;  // stays in the foreground

  void ready();  // lets the parent go; standard streams become /dev/null

 private:
  FileDescriptor parent_;
};

// That the daemon serves, if it was started by a unit of Type=notify: sd_notify(3), NOTIFY_SOCKET. What the daemon
// starts does not inherit that.
void tell_systemd();

// What ends a daemon (SIGTERM, SIGINT), makes it read its files again (SIGHUP) or open its log anew (SIGUSR2).
sigset_t daemon_signals();

}  // namespace slurmxx
