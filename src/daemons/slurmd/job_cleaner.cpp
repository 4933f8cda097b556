// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "daemons/slurmd/job_cleaner.h"

#include <algorithm>
#include <csignal>

#include <fmt/format.h>

#include "adapters/process/survivors.h"

namespace slurmxx {

JobCleaner::JobCleaner(OrphanFilter filter, Seconds patience, std::function<void(const std::string&)> log, MonoTime now)
    : filter_(std::move(filter)), log_(std::move(log)), give_up_(now + patience), look_at_(now) {
  filter_.outside_steps = true;
  tick(now);
}

void JobCleaner::tick(MonoTime now) {
  if (!look_at_ || now < *look_at_) return;  // a walk over /proc: not once more than is needed
  look_at_.reset();
  std::vector<FoundProcess> found;
  for (const FoundProcess& one : find_job_processes(filter_))
    if (is_alive(one) && std::ranges::find(filter_.spared, one.pid) == filter_.spared.end()) found.push_back(one);
  if (found.empty()) return;
  for (const FoundProcess& one : found) {
    if (told_.insert(one.pid).second)
      log_(fmt::format("job {}: process {} ({}) has left the job's steps: killed", filter_.job.value, one.pid,
                       describe_survivor(one).program));
    if (const auto sent = signal_process(one, SIGKILL); !sent) log_("error: " + sent.error().message);
  }
  constexpr Millis first_look(20);
  constexpr Millis later_look(500);
  constexpr Seconds soon(2);
  if (now >= give_up_)
    survivors_ = describe_survivors(found);
  else
    look_at_ = now + (now + soon < give_up_ ? first_look : later_look);
}

}  // namespace slurmxx
