// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The options of slurmd(8).
#pragma once

#include <optional>
#include <string>

#include "adapters/process/command_line.h"

namespace slurmxx {

struct SlurmdOptions : DaemonOptions {
  bool clean = false;     // ends the steps that an earlier slurmd left
  bool rebooted = false;  // says that the machine has just booted
  bool lock_memory = false;
  std::string node_name;             // empty: the one of this host's name
  bool dynamic = false;              // -Z: a node that slurm.conf need not have
  std::string dynamic_keys;          // --conf: what it is
  std::optional<std::string> extra;  // --extra
  std::optional<std::string> instance_id;
  std::optional<std::string> instance_type;
  std::optional<std::string> future;  // -F: takes a FUTURE node, with this feature if it names one
  std::string stepd_path;             // empty: beside slurmd
};

enum class SlurmdTask { serve, print_hardware, print_gres };

struct SlurmdAsked {
  SlurmdOptions options;
  SlurmdTask task = SlurmdTask::serve;
};
Result<SlurmdAsked> read_slurmd_options(int argc, char** argv);

}  // namespace slurmxx
