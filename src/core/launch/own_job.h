// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Tasks in a later component of a heterogeneous job are told of the job's first one: SLURM_JOB_ID. This variable says
// which they belong to, for whoever looks for the processes of a job.
#pragma once

namespace slurmxx {

inline constexpr const char* own_job_variable = "SLURMXX_JOB_ID";

}  // namespace slurmxx
