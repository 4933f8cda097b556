// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What Prolog and Epilog are told. They run as root: their environment is slurmd's own and what is listed here, and
// nothing of the job's. Variables: slurm.conf(5), "Prolog and Epilog Scripts".
#pragma once

#include <string>

#include "adapters/process/script_chain.h"
#include "core/config/cluster_config.h"
#include "wire/node_messages.h"

namespace slurmxx {

struct ScriptPlace {
  const std::string& node_name;
  const std::string& conf_path;
  const ClusterConfig& config;
};

ScriptOrder script_order(const LaunchBatch& job, bool is_epilog, const ScriptPlace& place);

}  // namespace slurmxx
