// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sacct after its options are read: asks slurmdbd page by page, sieves, sorts and prints.
#pragma once

#include "cli/command_output.h"
#include "cli/dbd_client.h"
#include "commands/sacct/options.h"

namespace slurmxx {

int run_sacct(const SacctOptions& options, DbdClient& slurmdbd, const Output& output);

}  // namespace slurmxx
