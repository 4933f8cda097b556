// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Figures of a replay. Bounded slowdown of a job: max(1, (wait + run) / max(10 s, run)) (Feitelson and Rudolph,
// "Metrics and benchmarking for parallel job scheduling", 1998). Utilisation: CPU time of the jobs over that of the
// cluster from the first submission to the last end.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "replay/replay.h"

namespace slurmxx {

struct ReplayFigures {
  std::string name;  // of a user or partition; empty: of all
  std::uint64_t jobs = 0;
  double wait_mean = 0;  // seconds
  double wait_median = 0;
  double wait_p95 = 0;
  double wait_max = 0;
  double slowdown_mean = 0;  // bounded
  double slowdown_p95 = 0;
  double cpu_seconds = 0;
  double utilisation = 0;  // of the whole cluster's time, 0 to 1
};

struct ReplayReport {
  ReplayFigures all;
  std::vector<ReplayFigures> users;       // most CPU time first
  std::vector<ReplayFigures> partitions;  // as well
  std::uint64_t refused = 0;              // could never run on the cluster
  std::uint64_t waiting = 0;              // never started
  Instant first_submission;
  Instant last_end;
  std::uint32_t cpus = 0;
  ReplayCounts counts;
};

// What became of a workload, wherever it was played.
struct Outcomes {
  const std::vector<Played>& played;  // beside its jobs
  std::vector<std::string> partitions;
  std::uint32_t cpus = 0;
  ReplayCounts counts = {};
};
ReplayReport report_of(const Workload& workload, const Outcomes& outcomes);
ReplayReport report_of(const Workload& workload, const Replay& replay);

}  // namespace slurmxx
