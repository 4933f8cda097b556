// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// AllowAccounts, DenyAccounts, AllowQos and DenyQos of partitions. Ruled by slurm.conf(5).
#pragma once

#include <string>

#include "core/config/cluster_config.h"
#include "core/limits/judge.h"
#include "state/state.h"

namespace slurmxx {

const PartitionAccess* access_of(const ClusterConfig& config, const std::string& partition);  // null: not in slurm.conf

// Accounts are named with all that is below them. Who is allowed can be changed while slurmctld runs, who is denied
// stands in slurm.conf.
bool account_allowed(const State& state, const std::string& partition, const PartitionAccess* access,
                     const LimitRequest& who);
bool qos_allowed(const PartitionAccess& access, const std::string& qos);

bool partitions_have_lists(const State& state, const ClusterConfig& config);

}  // namespace slurmxx
