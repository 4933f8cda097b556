// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// ReqCPUS of a job: what it asks for itself, without what whole nodes or cores would give it.
#pragma once

#include <algorithm>

#include "core/model/job_spec.h"

namespace slurmxx {

inline std::uint32_t cpus_asked(const ResourceRequest& asked) {
  return std::max(asked.tasks * asked.cpus_per_task, asked.nodes_min);
}

}  // namespace slurmxx
