// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// From options to the job specification that travels to the controller. Everything the process knows of itself (who,
// where, which files say what) comes in as the SubmitContext; nothing is read here. What was asked for and cannot be
// carried out is refused by name, never dropped: an option that only tunes is let pass.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/job_options.h"
#include "core/model/job_spec.h"
#include "wire/client_messages.h"

namespace slurmxx {

struct SubmitContext {
  JobOwner owner;            // of this process, or of --uid and --gid
  bool for_owner = false;    // --uid or --gid: the job is not the caller's own
  std::string work_dir;      // absolute
  std::string default_name;  // unless --job-name: script, "wrap", "interactive", program
  std::string submit_line;   // the command line, words joined by spaces
  std::string submit_host;
  std::uint32_t submit_sid = 0;
  std::uint32_t umask = 022;
  int nice = 0;                       // of this process
  std::vector<ResourceLimit> limits;  // as --propagate left them
  std::string cluster_name;
  std::vector<std::string> gres_types;   // GresTypes of slurm.conf
  bool special_allowed = false;          // AllowSpecResourcesUsage
  std::optional<std::string> governors;  // CpuFreqGovernors; absent: all
  bool batch = false;                    // with a script
  // For --nodefile and for -w and -x with a '/'. Error: the line to show.
  std::function<Result<std::string>(const std::string& path)> read_file;
};

// More nodes than tasks cannot be used, by number or by name: lowers the node count, keeps the first of the names in
// their order, and returns the warning to print ("" if none).
std::string fit_nodes_to_tasks(JobOptions& options, const SubmitContext& context);

// --ntasks-per-node is a maximum; one that leaves no room for the tasks on the nodes is taken back with a warning.
std::string drop_tasks_per_node_that_are_too_few(JobOptions& options);

// Takes --core-spec and --thread-spec back where they are not allowed, and returns the error to print.
std::string drop_special_cores(JobOptions& options, bool allowed);

// --test-only: "Job 10 to start at 2026-11-25T10:00:00 using 4 processors on nodes n[1-2] in partition main".
std::string foretold_text(const SubmitReply& reply, const TimeZone& zone);

// Errc::not_supported names the option; other errors are the line to show. The hashes of script and environment, and
// whether the login environment is wanted, are the caller's to fill in.
Result<JobSpec> make_job_spec(const JobOptions& options, const SubmitContext& context);

// --chdir as an absolute path, else where the command was called.
std::string work_dir_of(const JobFiles& files, const SubmitContext& context);

// Names between commas and white space, joined by commas.
std::string nodes_of_file(std::string_view content);

}  // namespace slurmxx
