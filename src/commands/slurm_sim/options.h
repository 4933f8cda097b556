// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"
#include "replay/replay.h"

namespace slurmxx {

struct SimOptions {
  std::string workload;                       // a file, or the folder of a log; "-": standard input
  std::string conf;                           // slurm.conf; empty: one node with the CPUs of the workload's machine
  std::string compare;                        // another slurm.conf
  std::vector<std::string> settings;          // KEY=VALUE, after those of the file
  std::vector<std::string> compare_settings;  // after those of the compared one
  std::optional<std::uint32_t> processors;
  PartitionChoice partitions;
  std::int64_t users = 10;
  std::string picture;  // file
  bool json = false;
  bool yaml = false;
  bool quiet = false;
};

extern const CommandInfo slurm_sim_info;
OptionSet slurm_sim_option_set(SimOptions& options);
Parsed read_slurm_sim_options(const std::vector<std::string>& arguments, SimOptions& options);

}  // namespace slurmxx
