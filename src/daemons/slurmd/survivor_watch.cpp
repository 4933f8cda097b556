// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "daemons/slurmd/survivor_watch.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>

#include "adapters/process/survivors.h"

namespace slurmxx {

void SurvivorWatch::add(const std::string& step, const std::vector<Survivor>& survivors) {
  for (const Survivor& one : survivors) {
    FileDescriptor pidfd(static_cast<int>(syscall(SYS_pidfd_open, one.pid, 0)));
    if (pidfd && is_there(one)) watched_.push_back({step, one, std::move(pidfd)});
  }
}

std::vector<pid_t> SurvivorWatch::pids() const {
  std::vector<pid_t> pids;
  for (const Watched& one : watched_) pids.push_back(one.survivor.pid);
  return pids;
}

void SurvivorWatch::collect(std::vector<pollfd>& fds) const {
  for (const Watched& one : watched_) fds.push_back({one.pidfd.get(), POLLIN, 0});
}

void SurvivorWatch::serve() {
  std::erase_if(watched_, [&](const Watched& one) {
    pollfd ended{one.pidfd.get(), POLLIN, 0};
    if (::poll(&ended, 1, 0) <= 0) return false;
    log_(fmt::format("{}: process {} ({}), which could not be killed, has gone", one.step, one.survivor.pid,
                     one.survivor.program));
    const bool last = std::count_if(watched_.begin(), watched_.end(), [&](const Watched& other) {
                        return other.step == one.step && is_there(other.survivor);
                      }) == 0;
    if (last)
      log_(
          fmt::format("{}: nothing is left of it: scontrol update NodeName={} State=RESUME puts the node to work again",
                      one.step, node_));
    return true;
  });
}

}  // namespace slurmxx
