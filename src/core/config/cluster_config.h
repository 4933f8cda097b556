// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// slurm.conf as a value: what every daemon and command knows about its cluster. Parsing is pure: the text of the file
// and of what it includes comes through a reader given by the caller. A file is taken whole or refused whole: the
// first error is returned with file and line, and nothing of a bad file is used.
// Ruled by slurm.conf(5) at the level of Slurm 25.11; what is printed follows compat/.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/config/global_value.h"
#include "core/config/grammar.h"
#include "core/config/helpers_conf.h"
#include "core/config/records.h"
#include "core/config/settings.h"
#include "core/topology/topology_config.h"

namespace slurmxx {

// Lines for the log of whoever reads the file: "slurm.conf line 12: ...".
using Warnings = std::vector<std::string>;

struct ClusterConfig {
  IdentitySettings identity;
  PathSettings paths;
  TimeoutSettings timeouts;
  SchedulingSettings scheduling;
  JobSettings jobs;
  PrioritySettings priority;
  LaunchSettings launch;
  PluginSettings plugins;
  PowerSettings power;
  std::vector<NodeConfig> nodes;  // in the order of the file: NodeIndex counts here
  std::vector<NodeSetConfig> node_sets;
  std::vector<DownNodesConfig> down_nodes;
  std::vector<PartitionConfig> partitions;
  std::vector<GlobalValue> globals;  // every global key, in the order of `scontrol show config`
  std::vector<std::string> files;    // slurm.conf and what it includes, in the order read
  TopologyConfig topology;           // read by slurmctld alone: core/topology/read_topology.h
  FeatureHelpers helpers;            // helpers.conf, where NodeFeaturesPlugins asks for it
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "identity", self.identity);
    v(2, "paths", self.paths);
    v(3, "timeouts", self.timeouts);
    v(4, "scheduling", self.scheduling);
    v(5, "jobs", self.jobs);
    v(6, "priority", self.priority);
    v(7, "launch", self.launch);
    v(8, "plugins", self.plugins);
    v(9, "nodes", self.nodes);
    v(10, "node_sets", self.node_sets);
    v(11, "down_nodes", self.down_nodes);
    v(12, "partitions", self.partitions);
    v(13, "globals", self.globals);
    v(14, "files", self.files);
    v(20, "power", self.power);
    v(30, "topology", self.topology);
    v(60, "helpers", self.helpers);
  }
  bool operator==(const ClusterConfig&) const = default;
};

Result<ClusterConfig> parse_cluster_config(std::string_view path, const FileReader& read, Warnings& warnings);

// Position of a node by its name, or nullopt. Linear: build an index for more than a few look-ups.
std::optional<NodeIndex> find_node(const ClusterConfig& config, std::string_view name);
const PartitionConfig* find_partition(const ClusterConfig& config, std::string_view name);
const PartitionConfig* default_partition(const ClusterConfig& config);

}  // namespace slurmxx
