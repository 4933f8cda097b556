// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/job_options.h"

namespace slurmxx {

struct SrunStep {
  std::string jobid;  // whose allocation the step joins
  std::string het_group;
  std::optional<std::uint32_t> group;  // the component of a heterogeneous job that this part of the command runs in
  std::string mpi;
  std::string cpu_bind;
  std::string accel_bind;
  std::optional<std::int64_t> relative;  // -r: first node, counted within the allocation
  bool overlap = false;
  bool exact = false;
  bool whole = false;
  bool interactive = false;
  bool external_launcher = false;
  bool multi_prog = false;
  bool no_allocate = false;
  std::optional<std::uint32_t> tree_width;  // 0: none
};

struct SrunTerminal {
  bool label = false;
  bool unbuffered = false;
  bool disable_status = false;
  bool quit_on_interrupt = false;
  bool preserve_env = false;
  std::optional<std::string> pty;
  std::optional<bool> kill_on_bad_exit;
  std::optional<Seconds> wait;  // after the first task's end; 0: for ever
  std::optional<std::int64_t> threads;
  std::optional<std::int64_t> message_timeout;
  std::string slurmd_debug;
  bool wait_for_children = false;
};

struct SrunHelpers {
  std::string prolog;
  std::string epilog;
  std::string task_prolog;
  std::string task_epilog;
  std::optional<std::string> bcast;  // destination, "" for the default
  std::string bcast_exclude;
  std::optional<std::string> compress;
  std::optional<bool> send_libs;
};

struct SrunOptions {
  JobOptions job;
  SrunStep step;
  SrunTerminal terminal;
  SrunHelpers helpers;
  std::vector<std::string> command;
};

struct SrunStart {
  SrunOptions options;  // of the first part
  // One; with --het-group or ':' one for each component that has tasks, rising by their `group`.
  std::vector<SrunOptions> parts;
  std::optional<EarlyExit> early;
};

extern const CommandInfo srun_info;
OptionSet srun_option_set(SrunOptions& options);
// Within an allocation (SLURM_JOB_ID set) the step's name is the program's, not SLURM_JOB_NAME.
SrunStart read_srun_options(const std::vector<std::string>& arguments, const Environment& environment,
                            SrunOptions defaults);

}  // namespace slurmxx
