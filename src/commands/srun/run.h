// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// srun: a step in the allocation it is called in, or in one of its own that it gives back at the end. srun(1). What
// this version cannot carry out is refused by name before anything is asked for.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "cli/controller_client.h"
#include "cli/job_request.h"
#include "commands/srun/allocation.h"
#include "commands/srun/options.h"
#include "commands/srun/send_program.h"
#include "commands/srun/step_client.h"

namespace slurmxx {

struct SrunContext {
  SubmitContext submit;
  Environment environment;  // the caller's
  AllocationFacts facts;
  std::string mpi;                // of the step: as StepCommand::mpi
  Seconds kill_wait{30};          // of the site
  std::uint32_t tree_width = 0;   // TreeWidth
  bool kill_on_bad_exit = false;  // KillOnBadExit
  Seconds attach_patience;
  std::string site_prolog;  // SrunProlog and SrunEpilog of slurm.conf; empty: none
  std::string site_epilog;
  BcastSite bcast;
};

// The exit status of srun. `parts`: never empty; as SrunStart has them.
int run_srun(ControllerClient& controller, std::vector<SrunOptions> parts, const SrunContext& context,
             StepClientPorts ports);

}  // namespace slurmxx
