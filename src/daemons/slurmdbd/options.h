// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The options of slurmdbd(8).
#pragma once

#include "adapters/process/command_line.h"

namespace slurmxx {

struct DbdOptions : DaemonOptions {
  bool verify_audit = false;  // look at the audit trail, say what is found, and serve nobody
};

Result<DbdOptions> read_slurmdbd_options(int argc, char** argv);

}  // namespace slurmxx
