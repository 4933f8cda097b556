// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sbatch after its options are read: makes the job's specification, submits it, and with --wait stays until the job
// has ended. Reads no file and no environment but what it is given.
#pragma once

#include "cli/command_output.h"
#include "cli/job_request.h"
#include "commands/sbatch/options.h"

namespace slurmxx {

struct SbatchRun {
  SbatchStart& start;
  SubmitContext context;  // default_name and batch are filled in here
  const Environment& environment;
};

int run_sbatch(SbatchRun run, ControllerClient& controller, const Output& output);

}  // namespace slurmxx
