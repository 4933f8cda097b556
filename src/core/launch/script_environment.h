// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What Prolog, Epilog, PrologSlurmctld and EpilogSlurmctld know of a job. They run as the daemon's own user: nothing of
// the job's environment is here. Variables: slurm.conf(5), "Prolog and Epilog Scripts".
#pragma once

#include <string>
#include <vector>

#include "core/model/job.h"

namespace slurmxx {

struct SiteScriptFacts {
  std::string context;  // SLURM_SCRIPT_CONTEXT: "prolog_slurmd"
  std::string cluster_name;
  std::string conf_path;                // empty: left out
  std::string node_name;                // SLURMD_NODENAME; empty: slurmctld runs it
  std::vector<std::string> node_names;  // of the allocation
  bool is_epilog = false;               // the job's exit codes are there too
};

// NAME=value, PATH included; `job` may lack its allocation when only a step told of it.
std::vector<std::string> site_script_environment(const Job& job, const SiteScriptFacts& facts);

}  // namespace slurmxx
