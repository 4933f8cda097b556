// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What limits are asked about a job in one of its partitions.
#pragma once

#include "control/rules.h"
#include "core/config/cluster_config.h"
#include "core/limits/judge.h"
#include "core/model/job.h"
#include "core/schedule/plan.h"

namespace slurmxx {

// Who stands behind a job in a partition, without what it asks for.
LimitRequest standing(const Directory& directory, const ClusterConfig& config, const JobSpec& spec,
                      const std::string& partition);

struct Asked {
  const JobSpec& spec;
  const PlanPartition& partition;
  const Rules& rules;
};
void ask_for(LimitRequest& request, const Asked& asked);

}  // namespace slurmxx
