// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The options of slurmctld(8).
#pragma once

#include "adapters/process/command_line.h"

namespace slurmxx {

struct SlurmctldOptions : DaemonOptions {
  bool clean = false;          // begin with no job and no node state
  bool ignore_damage = false;  // sets a log aside that cannot be read
};
Result<SlurmctldOptions> read_slurmctld_options(int argc, char** argv);

}  // namespace slurmxx
