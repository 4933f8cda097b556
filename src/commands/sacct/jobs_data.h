// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Jobs with their steps as sacct --json and --yaml write them.
#pragma once

#include <vector>

#include "cli/data_answer.h"
#include "commands/sacct/query.h"

namespace slurmxx {

// The whole answer: {"jobs": [...], "meta", "errors", "warnings"}. Of each job the steps that pass.
void write_accounted_jobs(const FoundJobs& jobs, const JobSieve& sieve, const SacctContext& context,
                          const DataTarget& to);

}  // namespace slurmxx
