// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/step/step_processes.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "adapters/net/file_descriptor.h"

namespace slurmxx {
namespace {

// slurmstepd is a subreaper: its descendants are the step, no more and no less. Others look at environments.
std::vector<FoundProcess> processes_of(const OrphanFilter& step) {
  int subreaper = 0;
  prctl(PR_GET_CHILD_SUBREAPER, &subreaper);
  std::vector<FoundProcess> found = subreaper != 0 ? find_descendants() : find_job_processes(step);
  std::erase_if(found, [&](const FoundProcess& one) {
    return std::find(step.spared.begin(), step.spared.end(), one.pid) != step.spared.end();
  });
  return found;
}

// A killed process lives on until the kernel has taken it apart.
void wait_for_ends(const std::vector<FoundProcess>& processes) {
  constexpr int patience_ms = 20;
  for (const FoundProcess& process : processes) {
    const FileDescriptor pidfd(static_cast<int>(syscall(SYS_pidfd_open, process.pid, 0)));
    pollfd one{pidfd.get(), POLLIN, 0};
    if (pidfd && poll(&one, 1, patience_ms) <= 0) return;
  }
}

}  // namespace

void signal_step(const OrphanFilter& step, std::span<const pid_t> leaders, int signal) {
  std::vector<FoundProcess> others = processes_of(step);
  std::erase_if(others, [&](const FoundProcess& found) {
    return std::find(leaders.begin(), leaders.end(), getpgid(found.pid)) != leaders.end();
  });
  for (const pid_t leader : leaders) kill(-leader, signal);
  for (const FoundProcess& found : others) {
    if (const auto sent = signal_process(found, signal); !sent) continue;  // ended, or not ours: nothing to be done
  }
}

bool has_children(const OrphanFilter& step, pid_t leader) {
  const auto found = processes_of(step);
  return std::any_of(found.begin(), found.end(), [&](const FoundProcess& one) {
    return one.pid != leader && (getsid(one.pid) == leader || getpgid(one.pid) == leader);
  });
}

bool kill_leftovers(const OrphanFilter& step) {
  constexpr int rounds_max = 10;  // a process may fork while we look
  for (int round = 0; round < rounds_max; ++round) {
    const auto found = processes_of(step);
    if (found.empty()) return true;
    for (const FoundProcess& process : found) {
      if (const auto sent = signal_process(process, SIGKILL); !sent) continue;
    }
    wait_for_ends(found);
  }
  return processes_of(step).empty();
}

}  // namespace slurmxx
