// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Jobs as squeue --json and scontrol show job --json write them: one object a job.
#pragma once

#include <vector>

#include "cli/command_output.h"
#include "cli/job_text.h"

namespace slurmxx {

// The whole answer: {"jobs": [...], "last_backfill", "last_update", "meta", "errors", "warnings"}.
void write_jobs(const std::vector<const JobView*>& views, const RowContext& context, DataFormat format,
                const Output& output);

}  // namespace slurmxx
