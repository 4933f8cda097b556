// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Requests for what a later version brings: dependencies, licences, reservations, generic resources. What could never
// be is refused with the code that users know, the rest as not supported; nothing of it is ever taken and ignored.
#pragma once

#include "core/config/cluster_config.h"
#include "core/model/job_spec.h"

namespace slurmxx {

Status check_not_built(const JobSpec& spec, const ClusterConfig& config);

}  // namespace slurmxx
