// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "daemons/slurmctld/read_config.h"

#include <filesystem>

#include "adapters/step/step_folder.h"
#include "core/topology/read_topology.h"

namespace slurmxx {

Result<std::shared_ptr<const ClusterConfig>> read_config(const std::string& path, DaemonLog& log) {
  Warnings warnings;
  TRY_ASSIGN(ClusterConfig config, parse_cluster_config(path, read_whole, warnings));
  const auto exists = [](const std::string& file) { return std::filesystem::exists(file); };
  TRY(read_topology(config, {path, read_whole, exists}, warnings));
  TRY(read_helpers(config, path, read_whole));
  for (const std::string& warning : warnings) log.line("warning: " + warning);
  return std::make_shared<const ClusterConfig>(std::move(config));
}

}  // namespace slurmxx
