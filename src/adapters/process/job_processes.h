// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Which processes of this host are of jobs, as their environments tell: for scontrol listpids and pidinfo. Who is not
// root sees his own.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace slurmxx {

struct JobProcess {
  pid_t pid = 0;
  std::string job;     // SLURM_JOB_ID
  std::string step;    // "batch" where there is none
  std::string local;   // SLURM_LOCALID, "-" where there is none
  std::string global;  // SLURM_PROCID, likewise
  std::string node;    // SLURMD_NODENAME
  std::string nodes;   // SLURM_JOB_NODELIST
};

// Rising by pid. Those of other clusters, as SLURM_CLUSTER_NAME tells, are left out.
std::vector<JobProcess> job_processes(const std::string& cluster);

}  // namespace slurmxx
