// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Who may submit to which partition, and what EnforcePartLimits makes of a request that a partition's limits forbid.
// Ruled by slurm.conf(5), PARTITION CONFIGURATION and EnforcePartLimits.
#pragma once

#include <functional>

#include "control/published.h"

namespace slurmxx {

class PartitionJudge {
 public:
  PartitionJudge(const State& state, const ClusterConfig& config, const Caller& caller)
      : state_(state), config_(config), caller_(caller) {}

  // Leaves in the request the partitions that its owner may use now; Alternate stands in for one that drains or is
  // inactive. Without EnforcePartLimits=ALL one is enough.
  Status settle(JobSpec& spec) const;

  // EnforcePartLimits: what the limits of all partitions, or of each, forbid, and their lists of accounts and QOS
  // (`lists`, by partition). A partition that does not fit stays where another does: its limits may change.
  using Lists = std::function<Status(const std::string&)>;
  Status enforce(const JobSpec& spec, const Lists& lists) const;

 private:
  Status check_access(const Partition& partition, const JobSpec& spec) const;
  Status check_limits(const Partition& partition, const JobSpec& spec) const;
  Status check_nodes(const Partition& partition, const JobSpec& spec) const;
  bool in_allowed_group(const Partition& partition) const;
  const Partition& open_one(const Partition& partition) const;

  const State& state_;
  const ClusterConfig& config_;
  const Caller& caller_;
};

// MaxMemPerCPU: who asks for more memory a CPU gets more CPUs.
void respect_memory_per_cpu(JobSpec& spec, const ClusterConfig& config);

// By how much a job may exceed its limit: OverTimeLimit of its partition, else of the cluster.
Limit<Minutes> over_time(const ClusterConfig& config, const Job& job);

}  // namespace slurmxx
