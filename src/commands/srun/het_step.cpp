// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/srun/het_step.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/job_environment.h"
#include "commands/srun/het_groups.h"
#include "commands/srun/placement.h"
#include "commands/srun/run_step.h"
#include "commands/srun/step_request.h"
#include "core/hostlist/hostlist.h"
#include "core/launch/batch_environment.h"

namespace slurmxx {
namespace {

// srun's own end of the streams is one for all.
Status check_parts(const std::vector<SrunOptions>& parts) {
  const JobFiles& first = parts.front().job.files;
  for (const SrunOptions& part : parts) {
    const JobFiles& files = part.job.files;
    if (files.input != first.input || files.output != first.output || files.error != first.error)
      return fail("--input, --output and --error are for all parts of srun: give them in the first one");
    if (part.terminal.pty) return fail("--pty is not supported over components of a heterogeneous job");
    if (part.step.multi_prog && parts.size() > 1)
      return fail("--multi-prog is not supported over components of a heterogeneous job: give each its program");
    if (part.job.handling.test_only) return fail("--test-only of a heterogeneous job is not supported");
  }
  return {};
}

const JobView* component(const std::vector<JobView>& all, std::uint32_t group) {
  for (const JobView& view : all)
    if (view.job.spec && (view.job.spec->het ? view.job.spec->het->offset : 0) == group) return &view;
  return nullptr;
}

// The components that the parts run in, in their order.
Result<std::vector<JobView>> components_for(const std::vector<SrunOptions>& parts, const std::vector<JobView>& all) {
  std::vector<JobView> chosen;
  for (const SrunOptions& part : parts) {
    const JobView* view = component(all, *part.step.group);
    if (view) {
      chosen.push_back(*view);
      continue;
    }
    const auto& het = all.front().job.spec ? all.front().job.spec->het : std::nullopt;
    return fail(
        fmt::format("Attempt to run a job step with het group value of {}, but the job allocation has maximum value "
                    "of {}",
                    *part.step.group, het ? het->size - 1 : 0));
  }
  return chosen;
}

// What the components have together: for tasks that are one application over them.
std::vector<std::string> joint_variables(const std::vector<JobView>& components) {
  std::vector<std::string> nodes;
  std::vector<std::uint32_t> cpus;
  for (const JobView& view : components) {
    const auto names = expand_hostlist(view.nodes);
    if (names) nodes.insert(nodes.end(), names->begin(), names->end());
    if (!view.job.allocation) continue;
    for (const NodeShare& share : view.job.allocation->shares) cpus.push_back(share.usable_cpus());
  }
  const std::string list = fold_hosts(nodes);
  return {"SLURM_JOB_NODELIST=" + list, "SLURM_NODELIST=" + list, fmt::format("SLURM_JOB_NUM_NODES={}", nodes.size()),
          "SLURM_JOB_CPUS_PER_NODE=" + fold_counts(cpus)};
}

void add_all(std::vector<std::string>& variables, const std::vector<std::string>& more) {
  variables.insert(variables.end(), more.begin(), more.end());
}

Result<int> run_inside(ControllerClient& controller, std::vector<SrunOptions> parts, const SrunContext& context,
                       std::pair<JobId, StepClientPorts> where) {
  TRY_ASSIGN(const std::vector<JobView> all, components_of(controller, where.first, where.second.messages));
  TRY_ASSIGN(const std::vector<JobView> chosen, components_for(parts, all));
  std::vector<StepRequest> requests;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Environment own = component_environment(context.environment, *parts[i].step.group);
    TRY_ASSIGN(StepRequest request, step_inside(parts[i], context, {chosen[i].job.id, own}));
    add_all(request.command.environment, joint_variables(chosen));
    request.submit_line = context.submit.submit_line;
    requests.push_back(std::move(request));
  }
  return run_step(controller, parts, context, {std::move(requests), {}, std::move(where.second)});
}

struct OwnParts {
  SubmitRequest submit;
  std::vector<StepRequest> steps;
  std::vector<std::vector<std::string>> exported;
};

Result<OwnParts> own_parts(std::vector<SrunOptions>& parts, const SrunContext& context) {
  SubmitContext submit = context.submit;
  submit.batch = false;
  OwnParts own;
  own.submit.for_owner = submit.for_owner;
  for (SrunOptions& part : parts) {
    TRY_ASSIGN(const std::vector<std::string> hosts, arbitrary_hosts(part, context.environment, submit));
    fit_to_hosts(part.job, hosts);
    TRY_ASSIGN(ExportedEnvironment exported, exported_environment(part.job.files.export_names, context.environment));
    TRY_ASSIGN(JobSpec spec, make_job_spec(part.job, submit));
    StepRequest step = step_of(part, JobId(), false);
    add_gres(spec.resources, step);
    add_placement(part, hosts, step);
    step.submit_line = submit.submit_line;
    TRY_ASSIGN(step.command, command_of(part, context, {}));
    own.steps.push_back(std::move(step));
    for (std::string& variable : srun_variables(part)) exported.variables.push_back(std::move(variable));
    own.exported.push_back(std::move(exported.variables));
    if (own.steps.size() == 1)
      own.submit.spec = std::move(spec);
    else
      own.submit.components.push_back(std::move(spec));
  }
  own.submit.spec.policy.held_by = HeldBy::srun;  // with it all the others end
  return own;
}

Result<std::vector<JobView>> allocate(ControllerClient& controller, SubmitRequest request, const Messages& messages) {
  auto granted = get_allocation(controller, request, messages);
  if (!granted && granted.error().code == Errc::interrupted) return granted.error();
  if (!granted)
    return fail(granted.error().code, "Unable to allocate resources: " + outcome_of_refusal(granted.error(), messages));
  TRY_ASSIGN(std::vector<JobView> all, components_of(controller, granted->job.job.id, messages));
  for (JobView& view : all) TRY(wait_until_ready(controller, view, messages));
  return all;
}

Result<int> run_in_own(ControllerClient& controller, std::vector<SrunOptions> parts, const SrunContext& context,
                       StepClientPorts ports) {
  for (std::uint32_t i = 0; i < parts.size(); ++i)
    if (*parts[i].step.group != i)
      return fail(
          fmt::format("--het-group names component {} and not {}, and srun makes them all: call it in a "
                      "heterogeneous job, or name 0 to {}",
                      *parts[i].step.group, i, parts.size() - 1));
  TRY_ASSIGN(OwnParts own, own_parts(parts, context));
  const Messages& messages = ports.messages;
  TRY_ASSIGN(const std::vector<JobView> all, allocate(controller, std::move(own.submit), messages));
  const JobId leader = all.front().job.id;
  for (std::size_t i = 0; i < parts.size() && i < all.size(); ++i) {
    own.steps[i].job = all[i].job.id;
    own.steps[i].command.environment = allocation_environment(all, context.facts, own.exported[i]);
    add_all(own.steps[i].command.environment, joint_variables(all));
  }
  const int status = run_step(controller, parts, context, {std::move(own.steps), {}, std::move(ports)});
  const Status released = release_allocation(controller, FinishRequest{leader, job_exit_of(status)}, messages);
  if (!released) messages.error(released.error());
  return status;
}

}  // namespace

Result<int> run_components(ControllerClient& controller, std::vector<SrunOptions> parts, const SrunContext& context,
                           StepClientPorts ports) {
  TRY(check_parts(parts));
  for (const SrunOptions& part : parts)  // one srun prints for all
    parts.front().terminal.label = parts.front().terminal.label || part.terminal.label;
  if (const auto job = job_around(parts.front(), context.environment))
    return run_inside(controller, std::move(parts), context, {*job, std::move(ports)});
  return run_in_own(controller, std::move(parts), context, std::move(ports));
}

}  // namespace slurmxx
