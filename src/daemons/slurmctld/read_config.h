// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "adapters/log/daemon_log.h"
#include "core/config/cluster_config.h"

namespace slurmxx {

// slurm.conf; its warnings go to the log.
Result<std::shared_ptr<const ClusterConfig>> read_config(const std::string& path, DaemonLog& log);

}  // namespace slurmxx
