// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A configuration as the text of a slurm.conf that gives it again (scontrol write config): keys that differ from their
// default, then a record a node, node set, set of DOWN nodes and partition.
#pragma once

#include <string>

#include "core/config/cluster_config.h"

namespace slurmxx {

std::string write_config(const ClusterConfig& config);

}  // namespace slurmxx
