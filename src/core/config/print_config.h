// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The lines of `scontrol show config`: one for each row of the key table, in its order. compat/ decides what they
// look like. Lines about the controllers that answer (after the configuration) are scontrol's affair.
#pragma once

#include <string>
#include <vector>

#include "core/config/cluster_config.h"

namespace slurmxx {

// What only the running controller knows; texts as they are to be printed.
struct ConfigFacts {
  std::string now;
  std::string boot_time;
  std::string hash_value;
  std::string next_job_id;
  std::string slurm_conf;
  std::string version;
  Uid slurm_user;
  Uid slurmd_user;
};

std::vector<std::string> print_config(const ClusterConfig& config, const ConfigFacts& facts);

// cpu,mem,... and what AccountingStorageTRES adds; gres/gpu brings its memory and use with it.
std::vector<std::string> accounted_tres(const ClusterConfig& config);

}  // namespace slurmxx
