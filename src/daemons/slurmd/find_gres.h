// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The generic resources of this node: gres.conf beside slurm.conf, and whether the device files are there.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/config/cluster_config.h"
#include "core/model/gres.h"

namespace slurmxx {

struct GresSources {
  std::string slurm_conf;  // its path
  std::function<void(const std::string&)> log;
};

// A device that is not there is told in the log: the controller then misses it.
Result<std::vector<GresFound>> find_gres(const ClusterConfig& config, const NodeConfig& node,
                                         const GresSources& sources);

std::string found_gres_text(const std::vector<GresFound>& found);  // slurmd -G

}  // namespace slurmxx
