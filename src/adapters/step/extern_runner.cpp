// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/step/extern_runner.h"

#include <signal.h>

#include <algorithm>

#include "adapters/process/orphans.h"

namespace slurmxx {

void ExternRunner::signal(int signal, bool) {
  killed_ = killed_ || signal == SIGKILL;
  for (const FoundProcess& process : find_descendants()) {
    if (const auto sent = signal_process(process, signal); !sent) continue;  // ended, or not ours: nothing to be done
  }
}

void ExternRunner::end(const EndWords&, std::int64_t kill_wait_ms, StepTime now) {
  ending_ = true;
  signal(SIGCONT, false);
  signal(SIGTERM, false);
  const std::int64_t at = now.monotonic_ms + kill_wait_ms;
  if (!kill_at_ms_ || at < *kill_at_ms_) kill_at_ms_ = at;
}

std::optional<std::int64_t> ExternRunner::wake_at_ms() const {
  if (!ending_) return std::nullopt;
  return kill_at_ms_ && look_at_ms_ ? std::min(*kill_at_ms_, *look_at_ms_) : look_at_ms_;
}

void ExternRunner::serve(StepTime now) {
  if (!ending_ || result_) return;
  if (find_descendants().empty()) {
    result_ = ExitCode{};
    return;
  }
  if (kill_at_ms_ && now.monotonic_ms >= *kill_at_ms_) signal(SIGKILL, false);
  look_at_ms_ = now.monotonic_ms + look_again_ms;
}

}  // namespace slurmxx
