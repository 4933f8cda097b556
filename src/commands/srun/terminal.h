// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The terminal that srun --pty was called on: raw while the remote task reads it, as it was afterwards.
#pragma once

#include <termios.h>

#include <optional>

#include "wire/step_messages.h"

namespace slurmxx {

// Of the terminal at fd; 24 x 80 when it is none.
WindowSize window_size_of(int fd);

class RawTerminal {
 public:
  explicit RawTerminal(int fd);  // nothing changes when fd is no terminal
  RawTerminal(const RawTerminal&) = delete;
  ~RawTerminal();
  bool changed() const { return before_.has_value(); }  // lines need a carriage return of their own

 private:
  int fd_;
  std::optional<termios> before_;
};

}  // namespace slurmxx
