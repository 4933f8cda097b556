// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A launch leaves the state thread without script and environment. Whoever sends it adds them here, from the blobs that
// the specification names.
#pragma once

#include <functional>
#include <string>

#include "core/config/cluster_config.h"
#include "wire/node_messages.h"

namespace slurmxx {

using BlobReader = std::function<Result<std::string>(const std::string& hash)>;

bool binds_tasks(const ClusterConfig& config);  // TaskPlugin=task/affinity

// Error: a blob that cannot be read; the job cannot be launched.
Result<LaunchBatch> complete_launch(LaunchBatch order, const ClusterConfig& config, const std::string& conf_path,
                                    const BlobReader& blob);

}  // namespace slurmxx
