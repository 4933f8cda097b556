// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/step/step_processes.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>

namespace slurmxx {

void signal_step(const OrphanFilter& step, std::span<const pid_t> leaders, int signal) {
  std::vector<FoundProcess> others = find_job_processes(step);
  std::erase_if(others, [&](const FoundProcess& found) {
    return std::find(leaders.begin(), leaders.end(), getpgid(found.pid)) != leaders.end();
  });
  for (const pid_t leader : leaders) kill(-leader, signal);
  for (const FoundProcess& found : others) {
    if (const auto sent = signal_process(found, signal); !sent) continue;  // ended, or not ours: nothing to be done
  }
}

bool kill_leftovers(const OrphanFilter& step) {
  constexpr int rounds_max = 10;  // a process may fork while we look
  for (int round = 0; round < rounds_max; ++round) {
    const auto found = find_job_processes(step);
    if (found.empty()) return true;
    for (const FoundProcess& process : found) {
      if (const auto sent = signal_process(process, SIGKILL); !sent) continue;
    }
  }
  return find_job_processes(step).empty();
}

}  // namespace slurmxx
