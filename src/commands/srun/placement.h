// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// How the tasks of a step are dealt to nodes and CPUs, from srun's options to its request: srun(1), --distribution,
// --cpu-bind, --mem-bind, --hint, -B, SLURM_HOSTFILE.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/job_request.h"
#include "commands/srun/options.h"
#include "wire/client_messages.h"

namespace slurmxx {

// SLURM_HOSTFILE asks for an arbitrary distribution unless another one is given. Its hosts, one a task, are those of
// the file, or of --nodelist. Empty: not arbitrary. Error: none are given, or not as many as tasks.
Result<std::vector<std::string>> arbitrary_hosts(SrunOptions& options, const Environment& environment,
                                                 const SubmitContext& submit);

// An allocation of srun's own that holds so many tasks on these hosts: on each as many as on the fullest one.
void fit_to_hosts(JobOptions& job, const std::vector<std::string>& hosts);

// A number of an option as requests hold it.
std::optional<std::uint32_t> count(const std::optional<std::int64_t>& value);

void add_placement(const SrunOptions& options, std::vector<std::string> hosts, StepRequest& request);

// --relative, within an allocation. Error: there are not so many nodes.
Status place_relative(StepRequest& request, const SrunOptions& options, const Environment& environment);

// NAME=value of what srun was asked for, for its tasks.
std::vector<std::string> placement_variables(const SrunOptions& options);
// What srun tells tasks of itself: how much it says, and the size of its terminal with --pty.
std::vector<std::string> srun_variables(const SrunOptions& options);

}  // namespace slurmxx
