// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// From srun's options to the step that is asked for, and which of the step's files are whose to open: srun(1), "IO
// Redirection".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "commands/srun/options.h"
#include "commands/srun/run.h"
#include "wire/step_requests.h"

namespace slurmxx {

std::optional<std::uint32_t> as_task(const std::string& text);
bool to_srun(const std::string& pattern);
// -i N, -o N: a task's number, if the step has so many; else it names a file.
std::optional<std::uint32_t> task_of_step(const std::string& pattern, std::size_t tasks);
// Files of a task or a node are opened where the task is.
bool on_nodes(const std::string& pattern);
std::string job_name_of(const SrunOptions& options, const SrunContext& context);

// `environment`: NAME=value, what the tasks get but for what only their node knows.
Result<StepCommand> command_of(const SrunOptions& options, const SrunContext& context,
                               std::vector<std::string> environment);
// All but the command and the placement. `inside`: within an allocation that srun did not get for it.
StepRequest step_of(const SrunOptions& options, JobId job, bool inside);
void add_gres(const ResourceRequest& resources, StepRequest& request);
void bind_accelerators(const SrunOptions& options, StepRequest& request);  // --accel-bind

// --jobid, or the job that srun was called in.
std::optional<JobId> job_around(const SrunOptions& options, const Environment& environment);

struct Around {
  JobId job;
  const Environment& environment;  // NAME=value as srun has them
};
// The whole request of a step in an allocation that is there.
Result<StepRequest> step_inside(SrunOptions options, const SrunContext& context, const Around& around);

}  // namespace slurmxx
