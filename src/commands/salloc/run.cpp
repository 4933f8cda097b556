// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/salloc/run.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "cli/job_environment.h"

namespace slurmxx {
namespace {

Result<JobView> allocate(ControllerClient& controller, const SallocOptions& options, const SallocContext& context,
                         const Messages& messages) {
  SubmitContext submit = context.submit;
  submit.batch = false;
  TRY_ASSIGN(JobSpec spec, make_job_spec(options.job, submit));
  spec.policy.held_by = HeldBy::salloc;
  TRY_ASSIGN(Granted granted,
             get_allocation(controller, SubmitRequest{std::move(spec), {}, {}, false, submit.for_owner}, messages));
  return std::move(granted.job);
}

// As salloc words it: what the controller refused for the partition's or user's sake was the submission.
int refuse(const Error& error, const Messages& messages) {
  if (error.code == Errc::interrupted)
    messages.info("{}", error.message);
  else if (error.code == Errc::invalid_partition)
    messages.error("Job submit/allocate failed: {}", outcome_of_refusal(error, messages));
  else
    messages.error("Unable to allocate resources: {}", outcome_of_refusal(error, messages));
  return 1;
}

// What only tasks are told.
bool of_tasks_alone(const std::string& variable) {
  constexpr std::array names{"SLURM_JOB_UID=",        "SLURM_JOB_GID=",      "SLURM_JOB_USER=",
                             "SLURM_JOB_START_TIME=", "SLURM_JOB_END_TIME=", "SLURM_PRIO_PROCESS="};
  return std::any_of(names.begin(), names.end(), [&](const char* name) { return variable.starts_with(name); });
}

std::vector<std::string> command_of(const SallocOptions& options, const Environment& environment) {
  if (!options.command.empty()) return options.command;
  const std::string* shell = environment.find("SHELL");
  return {shell && !shell->empty() ? *shell : "/bin/sh"};
}

}  // namespace

int run_salloc(ControllerClient& controller, SallocOptions options, const SallocContext& context,
               const Messages& messages) {
  const std::string warning = fit_nodes_to_tasks(options.job);
  if (!warning.empty()) messages.info("{}", warning);
  auto job = allocate(controller, options, context, messages);
  if (!job) return refuse(job.error(), messages);
  const JobId id = job->job.id;
  messages.info("Granted job allocation {}", id.value);
  messages.info("Nodes {} are ready for job", job->nodes);
  if (options.no_shell) return 0;
  auto exported = exported_environment(options.job.files.export_names, context.environment);
  const std::vector<std::string> brought = exported ? exported->variables : std::vector<std::string>();
  const std::vector<std::string> command = command_of(options, context.environment);
  std::vector<std::string> environment = allocation_environment(*job, context.facts, brought);
  std::erase_if(environment, of_tasks_alone);
  auto status = context.run_command(command, environment);
  if (!status) messages.error("Unable to run {}: {}", command.front(), text_of(status.error()));
  messages.info("Relinquishing job allocation {}", id.value);
  const int result = status ? *status : 1;
  const Status released = release_allocation(controller, FinishRequest{id, job_exit_of(result)}, messages);
  if (!released) messages.error(released.error());
  return result;
}

}  // namespace slurmxx
