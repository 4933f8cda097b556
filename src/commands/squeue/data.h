// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// squeue --json and --yaml: the jobs under the names of Slurm's data_parser, as far as a job of ours has the fields.
#pragma once

#include <vector>

#include "cli/command_output.h"
#include "cli/job_text.h"

namespace slurmxx {

void write_jobs(const std::vector<const JobView*>& views, const RowContext& context, DataFormat format,
                const Output& output);

}  // namespace slurmxx
