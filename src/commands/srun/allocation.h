// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// An allocation for srun and salloc: asked for, waited for, told about, described by environment variables, given
// back. Words as in srun(1) and salloc(1).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/controller_client.h"
#include "cli/message.h"
#include "cli/options.h"
#include "core/model/job_name.h"

namespace slurmxx {

struct Granted {
  JobView job;
  std::optional<StepReply> step;  // was made along with it
};

// Runs by the time it is returned. Error: the line to print; notes were printed. When the wait is interrupted
// (Errc::interrupted) the job is taken back first.
Result<Granted> get_allocation(ControllerClient& controller, const SubmitRequest& request, const Messages& messages);

// If its prologs are still to end: until then. Error: it has ended instead; when interrupted it is taken back first.
Status wait_until_ready(ControllerClient& controller, JobView& job, const Messages& messages);

// All that the job consists of, by their offsets; one, unless it is a heterogeneous job or a component of one.
Result<std::vector<JobView>> components_of(ControllerClient& controller, JobId job, const Messages& messages);

// What stands behind "Unable to allocate resources: ". What the controller said in particular is told before.
std::string outcome_of_refusal(const Error& error, const Messages& messages);

// Gives it back. An allocation that has ended by itself is no error.
Status release_allocation(ControllerClient& controller, const FinishRequest& request, const Messages& messages);

struct AllocationFacts {
  std::string cluster_name;
  std::string conf_path;
};

// `brought` and the allocation's SLURM_ variables, without those of a batch script or a task.
std::vector<std::string> allocation_environment(const JobView& view, const AllocationFacts& facts,
                                                std::span<const std::string> brought);
// Of all components: the first one's, and each one's under names of its own (NAME_HET_GROUP_n).
std::vector<std::string> allocation_environment(std::span<const JobView> components, const AllocationFacts& facts,
                                                std::span<const std::string> brought);

// What srun and salloc end with when they could not do what was asked: SLURM_EXIT_IMMEDIATE where --immediate found no
// free resources, else SLURM_EXIT_ERROR. 1 where that is not set.
int status_of_error(const Error& error, const Environment& environment);

// The jobs that a name means: of a heterogeneous job's first component all. Errc::invalid_job_id: there is none.
Result<std::vector<JobId>> jobs_of_name(ControllerClient& controller, const JobName& name, const Messages& messages);

// The exit status of srun or of salloc's command as the job's exit code.
ExitCode job_exit_of(int exit_status);

// One request; a reply of another kind than the one expected is an Error, an ErrorReply too.
template <class Reply>
Result<Reply> ask(ControllerClient& controller, ClientRequest request, const Messages& messages) {
  TRY_ASSIGN(ClientReply reply, controller.call(std::move(request)));
  if (const auto* error = std::get_if<ErrorReply>(&reply)) {
    for (const std::string& note : error->notes) messages.error("{}", note);
    return fail(error->code, error->message);
  }
  if (auto* good = std::get_if<Reply>(&reply)) return std::move(*good);
  return fail(Errc::unexpected_message);
}

}  // namespace slurmxx
