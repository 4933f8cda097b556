// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The environment of a batch script: what the user brought along, overlaid with the output variables of sbatch(1),
// "OUTPUT ENVIRONMENT VARIABLES". Which appear, and with what values, follows the recorded jobs, then the manual.
// SLURM_TASK_PID is not here: only the launcher knows it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/model/job.h"

namespace slurmxx {

// A component of the heterogeneous job that the script belongs to.
struct ComponentFacts {
  Job job;  // with an allocation
  std::vector<std::string> node_names;
};

struct ClusterFacts {
  std::string cluster_name;
  std::string conf_path;                // SLURM_CONF
  std::vector<std::string> node_names;  // of the allocation's shares, in their order
  std::string sluid;                    // empty: left out
  std::string topology_address;         // of the batch host; empty: a flat topology
  std::string topology_pattern;
  std::vector<ComponentFacts> components;  // by their offsets; empty: an ordinary job
};

// Tasks of each share of an allocation: --ntasks-per-node each, or -n dealt round and round as far as CPUs go, or as
// many as the CPUs hold.
std::vector<std::uint32_t> tasks_per_node(const ResourceRequest& request, const Allocation& allocation);

std::size_t batch_place(const Allocation& allocation);  // the share of the batch host

std::string fold_counts(std::span<const std::uint32_t> counts);  // {2,2,2,1}: "2(x3),1"

// NAME=value, sorted by name, each name once. `job` has an allocation, and a name in `facts` for each of its shares.
std::vector<std::string> batch_environment(const Job& job, const ClusterFacts& facts,
                                           std::span<const std::string> brought);

// The same without what is of the batch script and its task alone: for commands in an allocation.
std::vector<std::string> allocation_environment(const Job& job, const ClusterFacts& facts,
                                                std::span<const std::string> brought);

}  // namespace slurmxx
