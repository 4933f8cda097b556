// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// --gres, --gpus*, --tres-per-task and their kin, as sbatch, salloc and srun take them: checked, and in the form in
// which they travel. What they imply for the number of tasks is found here too (sbatch(1), --ntasks-per-gpu,
// --gpus-per-task).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/job_options.h"
#include "cli/options.h"
#include "core/model/job_spec.h"

namespace slurmxx {

// Fills the GRES fields of `request`, and its tasks where gpus decide them. `types` are GresTypes of slurm.conf.
// Error: the lines to show.
Status add_gres_options(const JobOptions& options, const std::vector<std::string>& types, ResourceRequest& request);

// A level that asks for any of them replaces what weaker levels asked for.
void forget_gres(JobOptions& options);
bool asks_for_gres(const JobOptions& options);

// --gres=help: what may be asked for, and nothing else is done.
std::optional<EarlyExit> gres_help(const JobOptions& options, const std::vector<std::string>& types);

}  // namespace slurmxx
