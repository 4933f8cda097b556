// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/step/pseudo_terminal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace slurmxx {

void set_window_size(int fd, WindowSize size) {
  winsize window{};
  window.ws_row = static_cast<unsigned short>(size.rows);
  window.ws_col = static_cast<unsigned short>(size.columns);
  ioctl(fd, TIOCSWINSZ, &window);
}

Result<PseudoTerminal> open_pseudo_terminal(Uid owner, WindowSize size) {
  const auto failed = [](const char* what) {
    return fail(fmt::format("cannot open a pseudo terminal: {}: {}", what, strerror(errno)));
  };
  PseudoTerminal pair{FileDescriptor(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)), {}};
  if (!pair.ours) return failed("/dev/ptmx");
  char name[64] = {};
  if (unlockpt(pair.ours.get()) != 0 || ptsname_r(pair.ours.get(), name, sizeof name) != 0) return failed("its name");
  pair.theirs = FileDescriptor(open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!pair.theirs) return failed(name);
  // The group stays the one that devpts gave it (tty).
  if (geteuid() == 0 && fchown(pair.theirs.get(), owner.value, static_cast<gid_t>(-1)) != 0) return failed(name);
  set_window_size(pair.ours.get(), size);
  fcntl(pair.ours.get(), F_SETFL, O_RDWR | O_NONBLOCK);
  return pair;
}

}  // namespace slurmxx
