// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Who may submit to which partition, and what EnforcePartLimits makes of a request that a partition's limits forbid.
// Ruled by slurm.conf(5), PARTITION CONFIGURATION and EnforcePartLimits.
#pragma once

#include "control/published.h"

namespace slurmxx {

class PartitionJudge {
 public:
  PartitionJudge(const State& state, const ClusterConfig& config, const Caller& caller)
      : state_(state), config_(config), caller_(caller) {}

  // Leaves in the request the partitions that take it; Alternate stands in for one that drains or is inactive. Without
  // EnforcePartLimits=ALL one is enough, and limits (with NO: no limits at all) are judged when the job is planned.
  Status settle(JobSpec& spec) const;

 private:
  Status judge(const Partition& partition, const JobSpec& spec) const;
  Status check_access(const Partition& partition, const JobSpec& spec) const;
  Status check_limits(const Partition& partition, const JobSpec& spec) const;
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
