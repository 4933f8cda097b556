// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/srun/run.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "cli/job_environment.h"
#include "commands/srun/het_step.h"
#include "commands/srun/placement.h"
#include "commands/srun/run_step.h"
#include "commands/srun/step_request.h"
#include "core/model/sluid.h"
#include "core/request/cpu_freq.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

Status check_supported(const SrunOptions& o) {
  if (o.step.no_allocate) return fail(Errc::not_supported, "--no-allocate is not supported");
  if (!o.job.naming.container.empty()) return fail(Errc::not_supported, "--container is not supported");
  if (!o.job.naming.container_id.empty()) return fail(Errc::not_supported, "--container-id is not supported");
  return {};
}

Result<int> run_in_own_allocation(ControllerClient& controller, SrunOptions o, const SrunContext& context,
                                  StepClientPorts ports) {
  TRY_ASSIGN(const std::vector<std::string> hosts, arbitrary_hosts(o, context.environment, context.submit));
  fit_to_hosts(o.job, hosts);
  TRY_ASSIGN(ExportedEnvironment exported, exported_environment(o.job.files.export_names, context.environment));
  for (std::string& variable : srun_variables(o)) exported.variables.push_back(std::move(variable));
  SubmitContext submit = context.submit;
  submit.batch = false;
  TRY_ASSIGN(JobSpec spec, make_job_spec(o.job, submit));
  const Messages& messages = ports.messages;
  TRY_ASSIGN(StepCommand command, command_of(o, context, {}));  // what is wrong with it is told before a job is made
  spec.policy.held_by = HeldBy::srun;
  StepRequest request = step_of(o, JobId(), false);
  add_gres(spec.resources, request);
  bind_accelerators(o, request);
  add_placement(o, hosts, request);
  request.submit_line = submit.submit_line;
  request.command = std::move(command);
  request.command.environment = exported.variables;
  request.command.environment.push_back("SLURM_CONF=" + context.facts.conf_path);
  auto granted =
      get_allocation(controller, SubmitRequest{std::move(spec), {}, {}, false, submit.for_owner, request}, messages);
  if (!granted && granted.error().code == Errc::interrupted) return granted.error();
  if (!granted) {
    const std::string outcome = outcome_of_refusal(granted.error(), messages);
    return fail(granted.error().code, "Unable to allocate resources: " + outcome);
  }
  if (const Status ready = wait_until_ready(controller, granted->job, messages); !ready) return ready.error();
  request.job = granted->job.job.id;
  if (request.cpus_per_task && !request.tasks && !request.tasks_per_node)  // as its first step would have been made
    request.tasks = static_cast<std::uint32_t>(granted->job.job.allocation->shares.size());
  request.command.environment = allocation_environment(granted->job, context.facts, exported.variables);
  const std::string sluid = sluid_text(granted->job.job.times.submitted, granted->job.job.id);
  request.command.environment.push_back("SLURM_JOB_SLUID=" + sluid);
  const JobId job = request.job;
  const int status =
      run_step(controller, {&o, 1}, context, {{std::move(request)}, std::move(granted->step), std::move(ports)});
  const Status released = release_allocation(controller, FinishRequest{job, job_exit_of(status)}, messages);
  if (!released) messages.error(released.error());
  return status;
}

int test_only(ControllerClient& controller, const SrunOptions& o, const SrunContext& context,
              const Messages& messages) {
  SubmitContext submit = context.submit;
  submit.batch = false;
  auto spec = make_job_spec(o.job, submit);
  if (!spec) return messages.error(spec.error()), 1;
  auto reply = ask<SubmitReply>(controller, SubmitRequest{std::move(*spec), {}, {}, true, submit.for_owner}, messages);
  if (!reply) return messages.raw("allocation failure: " + outcome_of_refusal(reply.error(), messages)), 1;
  messages.info("{}", foretold_text(*reply, *o.job.zone));
  for (const std::string& note : reply->notes) messages.info("{}", note);
  return 0;
}

// What the environment of an allocation would say, for --jobid from outside of it.
Result<std::vector<std::string>> allocation_seen(ControllerClient& controller, JobId job, const Messages& messages) {
  TRY_ASSIGN(const JobsReply reply, ask<JobsReply>(controller, JobsRequest{{job}}, messages));
  if (reply.jobs.empty()) return std::vector<std::string>();  // the step will be refused, and say why
  const JobView& view = reply.jobs.front();
  return std::vector{"SLURM_JOB_NODELIST=" + view.nodes, "SLURM_NODELIST=" + view.nodes,
                     "SLURM_JOB_PARTITION=" + view.partition};
}

Result<int> run_inside(ControllerClient& controller, SrunOptions o, const SrunContext& context,
                       std::pair<JobId, StepClientPorts> where) {
  TRY_ASSIGN(StepRequest request, step_inside(o, context, {where.first, context.environment}));
  request.submit_line = context.submit.submit_line;
  const std::string* around = context.environment.find("SLURM_JOB_ID");
  if (!around || *around != std::to_string(where.first.value)) {
    TRY_ASSIGN(std::vector<std::string> seen, allocation_seen(controller, where.first, where.second.messages));
    std::ranges::move(seen, std::back_inserter(request.command.environment));
  }
  return run_step(controller, {&o, 1}, context, {{std::move(request)}, {}, std::move(where.second)});
}

}  // namespace

namespace {

Result<int> run_parts(ControllerClient& controller, std::vector<SrunOptions> parts, const SrunContext& context,
                      StepClientPorts ports) {
  const auto job = job_around(parts.front(), context.environment);
  for (const SrunOptions& part : parts) {
    TRY(check_supported(part));
    if (const auto& governors = context.submit.governors) TRY(check_governor(part.job.place.cpu_freq, *governors));
  }
  if (context.environment.find("SLURM_TEST_EXEC"))
    for (const SrunOptions& part : parts)
      if (!part.step.multi_prog && !can_execute(part.command.front(), context.environment))
        return ports.messages.fatal("Can not execute {}", part.command.front()), 1;
  if (parts.front().step.group) return run_components(controller, std::move(parts), context, std::move(ports));
  SrunOptions& options = parts.front();
  if (options.job.handling.test_only) return test_only(controller, options, context, ports.messages);
  if (!job && options.step.relative)
    return fail("--relative option invalid for job allocation request: it counts the nodes of a job");
  if (job) return run_inside(controller, std::move(options), context, {*job, std::move(ports)});
  return run_in_own_allocation(controller, std::move(options), context, std::move(ports));
}

}  // namespace

int run_srun(ControllerClient& controller, std::vector<SrunOptions> parts, const SrunContext& context,
             StepClientPorts ports) {
  const Messages& messages = ports.messages;
  for (SrunOptions& part : parts) {
    for (const std::string& warning :
         {fit_nodes_to_tasks(part.job, context.submit), drop_tasks_per_node_that_are_too_few(part.job)})
      if (!warning.empty()) messages.info("{}", warning);
    if (!part.terminal.slurmd_debug.empty())
      messages.info("Warning: --slurmd-debug={} has no effect: what a step's daemon logs is in SlurmdLogFile",
                    part.terminal.slurmd_debug);
    if (const std::string dropped = drop_special_cores(part.job, context.submit.special_allowed); !dropped.empty())
      messages.error("{}", dropped);
  }
  const Result<int> status = run_parts(controller, std::move(parts), context, std::move(ports));
  if (status) return *status;
  const std::string text = text_of(status.error());
  for (const std::string_view line : split(text, '\n')) messages.error("{}", line);
  return status_of_error(status.error(), context.environment);
}

}  // namespace slurmxx
