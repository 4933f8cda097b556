// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// How the tasks of a step are bound where its request does not say it. slurm.conf(5), srun(1).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/config/cluster_config.h"
#include "core/launch/task_binding.h"
#include "core/model/job.h"

namespace slurmxx {

// Gpus, and parts of them that lie one on each, that are asked for by tasks are dealt out to them.
std::string gpu_bind_of(const GresOptions& gres, std::string_view flags);

// CpuBind= of nodes and partitions, autobind of TaskPluginParam.
void bind_as_usual(const std::vector<NodeShare>& shares, const std::string& partition, const ClusterConfig& config,
                   BindRequest& bind);

}  // namespace slurmxx
