// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The options of slurmdbd(8).
#pragma once

#include <optional>
#include <string>

#include "base/result.h"

namespace slurmxx {

struct SlurmdbdOptions {
  bool foreground = false;
  bool to_log_folder = false;
  int verbosity = 0;
  std::optional<int> nice;
  std::string conf = "/etc/slurm/slurmdbd.conf";
};

// What the arguments ask for: to serve with these options, or to print this and end.
struct SlurmdbdAsked {
  SlurmdbdOptions options;
  std::optional<std::string> print;
};
Result<SlurmdbdAsked> read_slurmdbd_options(int argc, char** argv);

}  // namespace slurmxx
