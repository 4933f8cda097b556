// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// slurmctld's own log as a workload: decided once more, and as it went.
#pragma once

#include <functional>
#include <optional>

#include "commands/slurm_sim/figures.h"
#include "replay/log_reader.h"
#include "replay/log_workload.h"

namespace slurmxx {

struct LogPlay {
  SimPlay play;
  LogWorkload workload;
  std::shared_ptr<const ClusterConfig> config;  // of the end
};

// `told` hears of every record how many there were.
Result<LogPlay> play_log(const LogFiles& files, bool keep_lanes, const std::function<void(const LogCounts&)>& told);

}  // namespace slurmxx
