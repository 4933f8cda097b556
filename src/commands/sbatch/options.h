// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sbatch's options from its three sources: #SBATCH lines, under SBATCH_* variables, under the command line.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/job_options.h"

namespace slurmxx {

struct SbatchOptions {
  JobOptions job;
  std::string array;
  std::string wrap;
  bool wrap_given = false;
  bool wait = false;
  bool parsable = false;
  bool ignore_pbs = false;
};

struct SbatchStart {
  SbatchOptions options;               // of component 0, which has the script
  std::vector<JobOptions> components;  // of a heterogeneous job, behind it
  std::string script;                  // its text
  std::string script_name;             // as given; "" from standard input or --wrap
  std::vector<std::string> script_arguments;
  std::optional<EarlyExit> early;  // stop here
};

struct SbatchInput {
  std::vector<std::string> arguments;
  const Environment& environment;
  Instant now;
  const TimeZone* zone = &utc();
  // The text of a script file; "" is standard input. Error: the line to show.
  std::function<Result<std::string>(const std::string& path)> read_script;
};

extern const CommandInfo sbatch_info;
OptionSet sbatch_option_set(SbatchOptions& options);
SbatchStart read_sbatch_options(const SbatchInput& input);

// The job's name without --job-name: the script's file name, "wrap", or "sbatch" for standard input.
std::string default_job_name(const SbatchStart& start);

}  // namespace slurmxx
