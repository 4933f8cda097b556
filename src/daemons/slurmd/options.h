// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The options of slurmd(8).
#pragma once

#include <optional>
#include <string>

#include "base/result.h"

namespace slurmxx {

struct SlurmdOptions {
  bool foreground = false;
  bool clean = false;     // ends the steps that an earlier slurmd left
  bool rebooted = false;  // says that the machine has just booted
  bool lock_memory = false;
  bool to_log_folder = false;
  int verbosity = 0;
  std::optional<int> nice;
  std::string conf = "/etc/slurm/slurm.conf";
  std::string node_name;   // empty: the one of this host's name
  std::string stepd_path;  // empty: beside slurmd
  std::string log_file;    // empty: SlurmdLogFile
};

enum class SlurmdTask { serve, print_hardware, print_gres };

struct SlurmdAsked {
  SlurmdOptions options;
  SlurmdTask task = SlurmdTask::serve;
  std::optional<std::string> print;  // this instead of any task
};
Result<SlurmdAsked> read_slurmd_options(int argc, char** argv);

}  // namespace slurmxx
