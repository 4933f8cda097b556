// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// topology.yaml, or without one topology.conf, beside slurm.conf -> TopologyConfig. A file is taken whole or refused
// whole. Only slurmctld and what simulates it reads them. Ruled by topology.conf(5), topology.yaml(5).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/config/cluster_config.h"

namespace slurmxx {

// Errors: "topology.conf line 3: ...". What slurm.conf does not know is a warning.
Result<TopologyConfig> parse_topology_conf(const std::string& path, TopologyKind kind, const FileReader& read);
Result<TopologyConfig> parse_topology_yaml(std::string_view text);

struct TopologyFiles {
  std::string slurm_conf;  // beside which they are
  FileReader read;
  std::function<bool(const std::string& path)> exists;
};

// Puts into `config` what the files say.
Status read_topology(ClusterConfig& config, const TopologyFiles& files, Warnings& warnings);

}  // namespace slurmxx
