// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sbatch/run.h"

#include <cstdio>

#include <fmt/format.h>

#include "cli/job_environment.h"
#include "cli/this_process.h"
#include "core/text/words.h"

namespace slurmxx {

namespace {

void error_lines(const Output& output, std::string_view text) {
  for (std::string_view line : split(text, '\n')) output.error_line(fmt::format("sbatch: error: {}", line));
}

// SLURM_EXIT_ERROR replaces the code of an error of sbatch itself.
int error_exit(const Environment& environment) {
  EarlyExit early{"", "", 1};
  use_exit_variable(early, environment);
  return early.exit_code;
}

int refused(const Error& error, const SbatchRun& run, const Output& output) {
  const bool plain = error.code == Errc::error;
  if (!error.message.empty() && !plain) error_lines(output, error.message);
  const std::string reason = plain ? text_of(error) : text_of(error.code);
  if (run.start.options.job.handling.test_only) {
    output.error_line("allocation failure: " + reason);
    return error_exit(run.environment);
  }
  error_lines(output, "Batch job submission failed: " + reason);
  return error_exit(run.environment);
}

Result<ExportedEnvironment> environment_of(const SbatchRun& run) {
  const JobFiles& files = run.start.options.job.files;
  if (files.export_file.empty()) return exported_environment(files.export_names, run.environment);
  if (!run.context.read_file) return fail(fmt::format("Unable to open file {}", files.export_file));
  const bool descriptor = all_digits(files.export_file);
  TRY_ASSIGN(const std::string content,
             run.context.read_file(descriptor ? "/dev/fd/" + files.export_file : files.export_file));
  TRY_ASSIGN(const Environment environment, parse_environment_file(content));
  return exported_environment(files.export_names, environment);
}

std::string absolute(const std::string& path, const std::string& folder) {
  return path.empty() || path[0] == '/' ? path : folder + "/" + path;
}

Result<SubmitRequest> make_request(SbatchRun& run) {
  SbatchStart& start = run.start;
  JobOptions& job = start.options.job;
  run.context.default_name = default_job_name(start);
  run.context.batch = true;
  TRY_ASSIGN(run.context.limits, propagated_limits(run.context.limits, job.files.propagate));
  SubmitRequest request;
  TRY_ASSIGN(request.spec, make_job_spec(job, run.context));
  for (const JobOptions& component : start.components) {
    TRY_ASSIGN(JobSpec spec, make_job_spec(component, run.context));
    request.components.push_back(std::move(spec));
  }
  TRY_ASSIGN(ExportedEnvironment exported, environment_of(run));
  request.environment = std::move(exported.variables);
  // What srun in the script takes for its own.
  if (!job.place.hint.empty()) request.environment.push_back("SLURM_HINT=" + job.place.hint);
  if (!job.place.mem_bind.empty()) request.environment.push_back("SLURM_MEM_BIND=" + job.place.mem_bind);
  if (run.context.nice != 0) request.environment.push_back(fmt::format("SLURM_PRIO_PROCESS={}", run.context.nice));
  LaunchSpec& launch = request.spec.launch;
  launch.load_login_environment = launch.load_login_environment || exported.load_login;
  launch.command = absolute(start.script_name, run.context.work_dir);
  launch.arguments = start.script_arguments;
  request.script = start.script;
  request.array = start.options.array;
  request.test_only = job.handling.test_only;
  request.for_owner = run.context.for_owner;
  return request;
}

int exit_of(const Job& job) { return static_cast<int>(job.array ? job.array->exit_of_tasks : exit_of_script(job)); }

Result<SubmitReply> submit(const SubmitRequest& request, ControllerClient& controller, const Output& output) {
  return retry_while_queue_is_full(
      controller, [&] { return ask<SubmitReply>(controller, request, output); },
      [&](const char* line) { output.error_line(fmt::format("sbatch: error: {}", line)); });
}

int wait_for(JobId job, const SbatchRun& run, ControllerClient& controller, const Output& output) {
  auto reply = ask<WaitReply>(controller, WaitRequest{job, false}, output);
  if (reply) return exit_of(reply->job.job);
  error_lines(output, fmt::format("Job {}: its end could not be waited for: {}", job.value, text_of(reply.error())));
  return error_exit(run.environment);
}

}  // namespace

int run_sbatch(SbatchRun run, ControllerClient& controller, const Output& output) {
  const SbatchOptions& options = run.start.options;
  const JobHandling& handling = options.job.handling;
  std::vector<JobOptions*> all{&run.start.options.job};
  for (JobOptions& component : run.start.components) all.push_back(&component);
  for (JobOptions* one : all) {
    const std::string warning = fit_nodes_to_tasks(*one, run.context);
    if (!warning.empty() && !handling.quiet) output.error_line("sbatch: " + warning);
    if (const std::string dropped = drop_special_cores(*one, run.context.special_allowed); !dropped.empty())
      output.error_line("sbatch: error: " + dropped);
  }
  auto request = make_request(run);
  if (!request) {
    error_lines(output, text_of(request.error()));
    return error_exit(run.environment);
  }
  auto reply = submit(*request, controller, output);
  if (!reply) return refused(reply.error(), run, output);
  if (request->test_only) {
    output.error_line("sbatch: " + foretold_text(*reply, *output.zone));
    for (const std::string& note : reply->notes) output.error_line("sbatch: " + note);
    return 0;
  }
  if (options.parsable) {
    const std::string& cluster = options.job.naming.clusters;
    output.line(cluster.empty() ? to_string(reply->job) : fmt::format("{};{}", reply->job.value, cluster));
  } else if (!handling.quiet) {
    const std::string& cluster = options.job.naming.clusters;
    output.line(
        fmt::format("Submitted batch job {}{}", reply->job.value, cluster.empty() ? "" : " on cluster " + cluster));
  }
  if (!options.wait) return 0;
  std::fflush(stdout);  // whoever reads the id through a pipe does not wait as well
  return wait_for(reply->job, run, controller, output);
}

}  // namespace slurmxx
