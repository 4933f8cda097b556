// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// NodeName, NodeSet and DownNodes statements -> records. DEFAULT records hold for what follows them in the file;
// NodeAddr, NodeHostname and Port ranges run in parallel with the names. Counts that are not given are derived:
// CPUs alone means as many sockets; the others alone mean CPUs = sockets * cores * threads.
#pragma once

#include <map>

#include "core/config/cluster_config.h"
#include "core/config/record_reader.h"

namespace slurmxx {

inline constexpr std::size_t config_nodes_max = 65536;

using NodeNumbers = std::map<std::string, NodeIndex, std::less<>>;  // by node name

class NodeRecords {
 public:
  explicit NodeRecords(std::uint16_t slurmd_port) : slurmd_port_(slurmd_port) {}

  Status add_nodes(const Statement& statement, Warnings& warnings);
  Status add_down_nodes(const Statement& statement, Warnings& warnings);
  Status add_node_set(const Statement& statement, Warnings& warnings);

  // Nodes= of a partition, node set or DownNodes: ALL, node names and node sets. Ascending. `place` starts the error.
  Result<std::vector<NodeIndex>> resolve(std::string_view text, std::string_view place) const;

  const std::vector<NodeConfig>& nodes() const { return nodes_; }
  void store(ClusterConfig& config) &&;

 private:
  Status add_named(const std::string& place, const NodeConfig& shape, const KeyValues& values);

  std::uint16_t slurmd_port_;
  KeyValues defaults_;
  KeyValues down_defaults_;
  std::vector<NodeConfig> nodes_;
  NodeNumbers numbers_;
  std::vector<NodeSetConfig> sets_;
  std::vector<DownNodesConfig> down_;
};

}  // namespace slurmxx
