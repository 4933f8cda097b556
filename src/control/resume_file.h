// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What ResumeProgram reads in the file that SLURM_RESUME_FILE names: which jobs the nodes are switched on for, as JSON.
// power_save.html, "Program Environment Variables".
#pragma once

#include <set>
#include <string>
#include <vector>

#include "state/state.h"

namespace slurmxx {

// `jobs` hold nodes; of interest are those that have one of `resumed`.
std::string resume_file(const State& state, const std::set<JobId>& jobs, const std::vector<NodeIndex>& resumed);

}  // namespace slurmxx
