// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/salloc/run.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "cli/job_environment.h"

namespace slurmxx {
namespace {

// By their offsets; one, unless it is a heterogeneous job.
Result<std::vector<JobView>> allocate(ControllerClient& controller, const SallocStart& start,
                                      const SallocContext& context, const Messages& messages) {
  SubmitContext submit = context.submit;
  submit.batch = false;
  SubmitRequest request;
  request.for_owner = submit.for_owner;
  TRY_ASSIGN(request.spec, make_job_spec(start.options.job, submit));
  request.spec.policy.held_by = start.options.no_shell ? HeldBy::salloc_until_start : HeldBy::salloc;
  for (const JobOptions& component : start.components) {
    TRY_ASSIGN(JobSpec spec, make_job_spec(component, submit));
    request.components.push_back(std::move(spec));
  }
  TRY_ASSIGN(Granted granted, get_allocation(controller, request, messages));
  if (start.components.empty()) return std::vector<JobView>{std::move(granted.job)};
  return components_of(controller, granted.job.job.id, messages);
}

Status wait_for_all(ControllerClient& controller, std::vector<JobView>& components, const Messages& messages) {
  const auto prepares = [](const JobView& view) { return view.preparing; };
  if (std::any_of(components.begin(), components.end(), prepares)) messages.info("Waiting for resource configuration");
  for (JobView& view : components) TRY(wait_until_ready(controller, view, messages));
  for (const JobView& view : components) messages.info("Nodes {} are ready for job", view.nodes);
  return {};
}

// As salloc words it: what the controller refused for the partition's or user's sake was the submission.
int refuse(const Error& error, const SallocContext& context, const Messages& messages) {
  if (error.code == Errc::interrupted)
    messages.info("{}", error.message);
  else if (error.code == Errc::invalid_partition)
    messages.error("Job submit/allocate failed: {}", outcome_of_refusal(error, messages));
  else
    messages.error("Unable to allocate resources: {}", outcome_of_refusal(error, messages));
  return status_of_error(error, context.environment);
}

// What only tasks are told.
bool of_tasks_alone(const std::string& variable) {
  constexpr std::array names{"SLURM_JOB_UID=",        "SLURM_JOB_GID=",      "SLURM_JOB_USER=",
                             "SLURM_JOB_START_TIME=", "SLURM_JOB_END_TIME=", "SLURM_PRIO_PROCESS="};
  return std::any_of(names.begin(), names.end(), [&](const char* name) { return variable.starts_with(name); });
}

std::vector<std::string> command_of(const SallocOptions& options, const SallocContext& context) {
  if (!options.command.empty()) return options.command;
  if (!context.interactive_step.empty()) return context.interactive_step;
  const std::string* shell = context.environment.find("SHELL");
  return {shell && !shell->empty() ? *shell : "/bin/sh"};
}

// A variable's value at `at`, which is behind the dollar sign.
std::string take_variable(const std::string& text, std::size_t& at, const Environment& environment) {
  const bool braces = at < text.size() && text[at] == '{';
  if (braces) ++at;
  const std::size_t begin = at;
  while (at < text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) != 0 || text[at] == '_')) ++at;
  const std::string* value = environment.find(text.substr(begin, at - begin));
  if (braces && at < text.size() && text[at] == '}') ++at;
  return value ? *value : "";
}

}  // namespace

std::vector<std::string> interactive_arguments(const std::string& options, const Environment& environment) {
  std::vector<std::string> words;
  std::optional<std::string> word;
  char quote = 0;
  for (std::size_t at = 0; at < options.size();) {
    const char c = options[at++];
    if (quote == 0 && (c == ' ' || c == '\t')) {
      if (word) words.push_back(*word);
      word.reset();
      continue;
    }
    if (!word) word.emplace();
    if (c == quote)
      quote = 0;
    else if (quote == 0 && (c == '"' || c == '\''))
      quote = c;
    else if (c == '$' && quote != '\'')
      *word += take_variable(options, at, environment);
    else
      *word += c;
  }
  if (word) words.push_back(*word);
  return words;
}

int run_salloc(ControllerClient& controller, SallocStart start, const SallocContext& context,
               const Messages& messages) {
  SallocOptions& options = start.options;
  std::vector<JobOptions*> all{&options.job};
  for (JobOptions& component : start.components) all.push_back(&component);
  for (JobOptions* one : all) {
    if (const std::string warning = fit_nodes_to_tasks(*one, context.submit); !warning.empty())
      messages.info("{}", warning);
    if (const std::string dropped = drop_special_cores(*one, context.submit.special_allowed); !dropped.empty())
      messages.error("{}", dropped);
  }
  auto components = allocate(controller, start, context, messages);
  if (!components) return refuse(components.error(), context, messages);
  const JobId id = components->front().job.id;
  messages.info("Granted job allocation {}", id.value);
  if (const Status ready = wait_for_all(controller, *components, messages); !ready)
    return ready.error().code == Errc::interrupted ? refuse(ready.error(), context, messages)
                                                   : (messages.error(ready.error()), 1);
  if (options.no_shell) return 0;
  auto exported = exported_environment(options.job.files.export_names, context.environment);
  const std::vector<std::string> brought = exported ? exported->variables : std::vector<std::string>();
  const std::vector<std::string> command = command_of(options, context);
  std::vector<std::string> environment = allocation_environment(*components, context.facts, brought);
  std::erase_if(environment, of_tasks_alone);
  const auto end = context.run_command({id, command, environment, options.kill_command});
  if (!end) messages.error("Unable to run {}: {}", command.front(), text_of(end.error()));
  const int result = end ? end->status : 1;
  if (end && end->revoked) return result;
  messages.info("Relinquishing job allocation {}", id.value);
  const Status released = release_allocation(controller, FinishRequest{id, job_exit_of(result)}, messages);
  if (!released) messages.error(released.error());
  return result;
}

}  // namespace slurmxx
