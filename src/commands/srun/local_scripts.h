// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// SrunProlog and SrunEpilog: programs that srun runs on its own host around a step. srun(1), --prolog and --epilog.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/message.h"
#include "wire/step_messages.h"

namespace slurmxx {

struct LocalScripts {
  std::string prolog;  // paths; empty or "none": nothing is run
  std::string epilog;
  std::vector<std::string> environment;  // NAME=value, of the step's job
};

// False: the step must not run; it has been told.
bool run_local_prolog(const LocalScripts& scripts, const StepKey& key, const Messages& messages);
void run_local_epilog(const LocalScripts& scripts, const StepKey& key, const Messages& messages);

}  // namespace slurmxx
