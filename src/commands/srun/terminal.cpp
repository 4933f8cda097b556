// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/srun/terminal.h"

#include <sys/ioctl.h>

namespace slurmxx {

WindowSize window_size_of(int fd) {
  winsize window{};
  WindowSize size;
  if (ioctl(fd, TIOCGWINSZ, &window) != 0 || window.ws_row == 0 || window.ws_col == 0) return size;
  return {window.ws_row, window.ws_col};
}

RawTerminal::RawTerminal(int fd) : fd_(fd) {
  termios mode{};
  if (tcgetattr(fd, &mode) != 0) return;
  before_ = mode;
  cfmakeraw(&mode);
  tcsetattr(fd, TCSADRAIN, &mode);
}

RawTerminal::~RawTerminal() {
  if (before_) tcsetattr(fd_, TCSADRAIN, &*before_);
}

}  // namespace slurmxx
