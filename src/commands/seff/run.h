// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// seff: the efficiency of one job, out of slurmdbd's records of it and its steps.
#pragma once

#include "cli/command_output.h"
#include "cli/dbd_client.h"
#include "commands/seff/options.h"

namespace slurmxx {

int run_seff(const SeffOptions& options, DbdClient& slurmdbd, const Output& output);

}  // namespace slurmxx
