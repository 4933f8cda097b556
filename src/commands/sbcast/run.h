// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sbcast: a file, and the libraries of a program, to all nodes of a job or a step, written there as the job's user.
// sbcast(1).
#pragma once

#include "cli/controller_client.h"
#include "commands/sbcast/broadcast.h"
#include "commands/sbcast/options.h"

namespace slurmxx {

struct SbcastSite {
  BcastParameters parameters;
  std::string exclude;  // BcastExclude
  Seconds message_timeout{10};
  std::uint32_t tree_width = 0;  // TreeWidth
  std::string work_dir;
};

// The exit status of sbcast.
int run_sbcast(const SbcastOptions& options, ControllerClient& controller, const SbcastSite& site,
               BroadcastPorts ports);

}  // namespace slurmxx
