// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The pseudo terminal of a task (srun --pty): the step keeps one end, the task gets the other. pty(7).
#pragma once

#include "adapters/net/file_descriptor.h"
#include "base/ids.h"
#include "base/result.h"
#include "wire/step_messages.h"

namespace slurmxx {

struct PseudoTerminal {
  FileDescriptor ours;    // reads what the task prints, takes what is typed; does not block
  FileDescriptor theirs;  // the terminal; belongs to the owner, as a login's does
};

Result<PseudoTerminal> open_pseudo_terminal(Uid owner, WindowSize size);
void set_window_size(int fd, WindowSize size);

}  // namespace slurmxx
