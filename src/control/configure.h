// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// From slurm.conf as read to the event that puts it in force.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/config/cluster_config.h"
#include "core/licenses/licenses.h"
#include "core/schedule/view.h"
#include "state/state.h"

namespace slurmxx {

// The networks that the configuration tells of, over the nodes as they are numbered now.
class Topologies {
 public:
  Topologies() = default;
  Topologies(const ClusterConfig& config, const std::vector<std::string>& node_names);
  // Of that name; empty: the cluster's. Null: flat.
  std::shared_ptr<const Topology> of(const std::string& name) const;
  std::shared_ptr<const Topology> of_partition(const ClusterConfig& config, const std::string& name) const;

 private:
  std::map<std::string, std::shared_ptr<const Topology>> by_name_;
};

ClusterConfigured configured_event(const ClusterConfig& config);
// With the dynamic nodes that the state holds, behind those of the configuration.
ClusterConfigured configured_event(const ClusterConfig& config, const State& state);

// The row of a node that slurm.conf does not have.
ClusterConfigured::NodeRow dynamic_row(const NodeConfig& node);

// What is in force: the file with what the state puts over it, nodes in the state's order. The same pointer where that
// is nothing.
std::shared_ptr<const ClusterConfig> config_in_force(const std::shared_ptr<const ClusterConfig>& file,
                                                     const State& state);

// Resources of accounting that this cluster has a share of.
LicenseCounts shared_licenses(const State& state, const ClusterConfig& config);

// Can this configuration follow that state? A node that holds jobs must not leave. Asked before a Controller begins,
// too: it refuses to begin with one that does not fit.
Status check_fits(const ClusterConfig& config, const State& state);

// What a node keeps for the system.
SystemShare system_share_of(const NodeConfig& node, bool first);
// What its nodes keep for the system, by the names they are numbered by; empty: nothing.
std::vector<SystemShare> system_shares(const ClusterConfig& config, const std::vector<std::string>& node_names);

// DefCpuPerGPU and DefMemPerGPU, by their own keys or by JobDefaults.
GpuDefaults gpu_defaults_of(const ClusterConfig& config);
GpuDefaults gpu_defaults_of(const PartitionConfig& config);

Partition partition_of(const PartitionConfig& config);
Policies policies_of(const ClusterConfig& config);
// With the memory defaults that slurm.conf gives the partition.
// With its topology, where those of the cluster are given.
PlanPartition plan_partition_with_defaults(const Partition& partition, const ClusterConfig& config,
                                           const Topologies* topologies = nullptr);

}  // namespace slurmxx
