// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The options of slurmctld(8).
#pragma once

#include <optional>
#include <string>

#include "base/result.h"

namespace slurmxx {

struct SlurmctldOptions {
  bool foreground = false;
  bool clean = false;          // begin with no job and no node state
  bool ignore_damage = false;  // sets a log aside that cannot be read
  bool to_log_folder = false;
  int verbosity = 0;
  std::optional<int> nice;
  std::string conf = "/etc/slurm/slurm.conf";
  std::string log_file;  // empty: SlurmctldLogFile
};

// What the arguments ask for: to serve with these options, or to print this and end.
struct SlurmctldAsked {
  SlurmctldOptions options;
  std::optional<std::string> print;
};
Result<SlurmctldAsked> read_slurmctld_options(int argc, char** argv);

}  // namespace slurmxx
