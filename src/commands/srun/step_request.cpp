// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/srun/step_request.h"

#include <cstring>

#include <fmt/format.h>

#include "cli/gres_options.h"
#include "cli/job_environment.h"
#include "cli/this_process.h"
#include "commands/srun/placement.h"
#include "core/launch/multi_prog.h"
#include "core/text/words.h"

namespace slurmxx {

std::optional<std::uint32_t> as_task(const std::string& text) {
  const auto task = parse_natural(text, {0, UINT32_MAX});
  return task ? std::optional(static_cast<std::uint32_t>(*task)) : std::nullopt;
}

bool to_srun(const std::string& pattern) { return pattern.empty() || pattern == "all" || as_task(pattern); }

std::optional<std::uint32_t> task_of_step(const std::string& pattern, std::size_t tasks) {
  const auto task = as_task(pattern);
  return task && *task < tasks ? task : std::nullopt;
}

bool on_nodes(const std::string& pattern) {
  if (pattern.find('\\') != std::string::npos) return false;
  for (std::size_t at = 0; (at = pattern.find('%', at)) != std::string::npos; ++at) {
    std::size_t letter = at + 1;
    while (letter < pattern.size() && pattern[letter] >= '0' && pattern[letter] <= '9') ++letter;
    if (letter < pattern.size() && std::strchr("tnN", pattern[letter]) != nullptr) return true;
    if (letter < pattern.size() && pattern[letter] == '%') at = letter;
  }
  return false;
}

std::string job_name_of(const SrunOptions& o, const SrunContext& context) {
  return o.job.naming.job_name.empty() ? context.submit.default_name : o.job.naming.job_name;
}

namespace {

// %x is put in here, since the nodes do not know what the job is called.
std::string with_job_name(const std::string& pattern, std::string name) {
  if (pattern.find('\\') != std::string::npos) return pattern;
  for (std::size_t at = 0; (at = name.find('%', at)) != std::string::npos; at += 2) name.insert(at, "%");
  std::string filled;
  for (std::size_t at = 0; at < pattern.size();) {
    std::size_t letter = at + 1;
    while (pattern[at] == '%' && letter < pattern.size() && pattern[letter] >= '0' && pattern[letter] <= '9') ++letter;
    const bool symbol = pattern[at] == '%' && letter < pattern.size();
    const std::size_t end = symbol ? letter + 1 : at + 1;
    filled += symbol && pattern[letter] == 'x' ? name : pattern.substr(at, end - at);
    at = end;
  }
  return filled;
}

std::string script_path(const std::string& path, const std::string& folder) {
  if (path == "none") return "";
  return path.empty() || path.starts_with('/') ? path : folder + "/" + path;
}

// As many tasks as the options ask for; they say it when --multi-prog has to be checked.
std::uint32_t tasks_asked_for(const JobSize& size) {
  const auto nodes = size.nodes ? static_cast<std::uint32_t>(size.nodes->min) : 1;
  return count(size.ntasks).value_or(nodes * count(size.ntasks_per_node).value_or(1));
}

Result<std::vector<TaskProgram>> programs_of(const SrunOptions& o, const std::string& folder) {
  if (!o.step.multi_prog) return std::vector<TaskProgram>();
  const std::string& name = o.command.front();
  const auto text = read_whole_file(name.starts_with('/') ? name : folder + "/" + name);
  if (!text) return fail(fmt::format("Could not open multi_prog config file {}", name));
  return parse_multi_prog(*text, name, tasks_asked_for(o.job.size));
}

// One task on the job's first node, which takes nothing from other steps: the environment's counts are the job's.
void make_interactive(StepRequest& request) {
  request.interactive = true;
  request.name = "interactive";
  request.tasks = request.nodes = request.nodes_max = 1;
  request.tasks_per_node.reset();
  request.cpus_per_task.reset();
  request.overlap = true;
}

}  // namespace

Result<StepCommand> command_of(const SrunOptions& o, const SrunContext& context, std::vector<std::string> environment) {
  const JobFiles& files = o.job.files;
  StepCommand command;
  command.arguments = o.command;
  command.environment = std::move(environment);
  command.work_dir = work_dir_of(files, context.submit);
  if (on_nodes(files.output) || on_nodes(files.error)) {
    const std::string name = job_name_of(o, context);
    command.output = to_srun(files.output) ? "" : with_job_name(files.output, name);
    command.error = to_srun(files.error) ? "" : with_job_name(files.error, name);
  }
  if (on_nodes(files.input)) command.input = files.input;
  command.append = files.open_append.value_or(false);
  command.pty = o.terminal.pty.has_value();
  command.preserve_env = o.terminal.preserve_env;
  command.umask = context.submit.umask;
  TRY_ASSIGN(command.programs, programs_of(o, context.submit.work_dir));
  command.task_prolog = script_path(o.helpers.task_prolog, command.work_dir);
  command.task_epilog = script_path(o.helpers.task_epilog, command.work_dir);
  command.limits = context.submit.limits;
  command.mpi = context.mpi;
  command.sample_every = o.job.handling.sample_every;
  command.wait_for_children = o.terminal.wait_for_children;
  TRY_ASSIGN(const ProgramCopy copy, program_copy(o, context.bcast, context.environment, command.work_dir));
  command.executable = copy.executable;
  command.with_libraries = copy.with_libraries;
  return command;
}

StepRequest step_of(const SrunOptions& o, JobId job, bool inside) {
  const JobSize& size = o.job.size;
  StepRequest request;
  request.job = job;
  const std::string& program = o.command.front();
  request.name = o.job.naming.job_name.empty() ? program.substr(program.rfind('/') + 1) : o.job.naming.job_name;
  request.tasks = count(size.ntasks);
  if (size.nodes && inside) {
    request.nodes = size.nodes->min;
    request.nodes_max = size.nodes->max;
  }
  request.tasks_per_node = count(size.ntasks_per_node);
  request.cpus_per_task = count(size.cpus_per_task);
  if (inside) request.nodes_required = o.job.place.nodelist;
  if (inside) request.nodes_excluded = o.job.place.exclude;
  request.overlap = o.step.overlap || o.step.external_launcher;  // its daemons keep nobody out
  if (inside) request.terms.relative = count(o.step.relative).value_or(0);
  request.terms.network = o.job.naming.network;
  if (const auto ports = o.job.place.resv_ports) request.terms.resv_ports = static_cast<std::uint32_t>(*ports);
  request.terms.immediate = inside && o.job.timing.immediate.has_value();
  if (inside) request.memory_per_node = size.memory_per_node;
  if (inside) request.terms.memory_per_cpu = size.memory_per_cpu;
  if (const auto& limit = o.job.timing.time; inside && limit && !limit->unlimited)
    request.terms.time_limit = limit->value;
  if (o.step.interactive) make_interactive(request);
  return request;
}

// Gpus may say how many tasks there are.
void add_gres(const ResourceRequest& resources, StepRequest& request) {
  request.gres = resources.gres;
  if (resources.tasks_set && !request.tasks) request.tasks = resources.tasks;
}

void bind_accelerators(const SrunOptions& o, StepRequest& request) {
  const std::string letters = lower(o.step.accel_bind);
  if (letters.find('g') == std::string::npos || !request.gres.gpu_bind.empty()) return;
  request.gres.gpu_bind = letters.find('v') == std::string::npos ? "closest" : "verbose,closest";
}

std::optional<JobId> job_around(const SrunOptions& o, const Environment& environment) {
  std::string text = o.step.jobid;
  if (const std::string* variable = environment.find("SLURM_JOB_ID"); text.empty() && variable) text = *variable;
  const auto number = as_task(text);
  if (!number || *number == 0) return std::nullopt;
  return JobId(*number);
}

Result<StepRequest> step_inside(SrunOptions o, const SrunContext& context, const Around& around) {
  TRY_ASSIGN(ExportedEnvironment exported, exported_environment(o.job.files.export_names, around.environment));
  for (std::string& variable : placement_variables(o)) exported.variables.push_back(std::move(variable));
  for (std::string& variable : srun_variables(o)) exported.variables.push_back(std::move(variable));
  TRY_ASSIGN(const std::vector<std::string> hosts, arbitrary_hosts(o, around.environment, context.submit));
  StepRequest request = step_of(o, around.job, true);
  add_placement(o, hosts, request);
  ResourceRequest resources;
  resources.nodes_min = request.nodes.value_or(1);
  TRY(add_gres_options(o.job, context.submit.gres_types, resources));
  add_gres(resources, request);
  bind_accelerators(o, request);
  if (equal_ignoring_case(o.job.resources.gres, "none")) request.gres.per_node = "none";
  TRY(place_relative(request, o, around.environment));
  TRY_ASSIGN(request.command, command_of(o, context, exported.variables));
  return request;
}

}  // namespace slurmxx
