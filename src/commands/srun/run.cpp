// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/srun/run.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "cli/job_environment.h"
#include "cli/this_process.h"
#include "commands/srun/local_scripts.h"
#include "commands/srun/placement.h"
#include "commands/srun/terminal.h"
#include "core/launch/file_pattern.h"
#include "core/launch/multi_prog.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr int open_mode = 0666;

struct OwnFd {
  int fd = -1;
  ~OwnFd() {
    if (fd >= 0) close(fd);
  }
};

Status check_supported(const SrunOptions& o) {
  struct Row {
    const char* name;
    bool given;
  };
  const Row rows[] = {{"--no-allocate", o.step.no_allocate}, {"--het-group", !o.step.het_group.empty()}};
  for (const Row& row : rows)
    if (row.given) return fail(Errc::not_supported, fmt::format("{} is not supported", row.name));
  return {};
}

std::optional<std::uint32_t> as_task(const std::string& text) {
  const auto task = parse_natural(text, {0, UINT32_MAX});
  return task ? std::optional(static_cast<std::uint32_t>(*task)) : std::nullopt;
}

bool to_srun(const std::string& pattern) { return pattern.empty() || pattern == "all" || as_task(pattern); }

// -i N, -o N: a task's number, if the step has so many; else it names a file.
std::optional<std::uint32_t> task_of_step(const std::string& pattern, std::size_t tasks) {
  const auto task = as_task(pattern);
  return task && *task < tasks ? task : std::nullopt;
}

// Files of a task or a node are opened where the task is.
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

std::string job_name_of(const SrunOptions& o, const SrunContext& context) {
  return o.job.naming.job_name.empty() ? context.submit.default_name : o.job.naming.job_name;
}

// As many tasks as the options ask for; they say it when --multi-prog has to be checked.
std::uint32_t tasks_asked_for(const JobSize& size) {
  const auto nodes = size.nodes ? static_cast<std::uint32_t>(size.nodes->min) : 1;
  return count(size.ntasks).value_or(nodes * count(size.ntasks_per_node).value_or(1));
}

Result<std::vector<TaskProgram>> programs_of(const SrunOptions& o, const std::string& folder) {
  if (!o.step.multi_prog) return std::vector<TaskProgram>();
  const std::string& name = o.command.front();
  const auto text = read_whole_file(script_path(name, folder));
  if (!text) return fail(fmt::format("Could not open multi_prog config file {}", name));
  return parse_multi_prog(*text, name, tasks_asked_for(o.job.size));
}

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
  TRY_ASSIGN(command.programs, programs_of(o, command.work_dir));
  command.task_prolog = script_path(o.helpers.task_prolog, command.work_dir);
  command.task_epilog = script_path(o.helpers.task_epilog, command.work_dir);
  command.limits = context.submit.limits;
  command.mpi = context.mpi;
  TRY_ASSIGN(const ProgramCopy copy, program_copy(o, context.bcast, context.environment, command.work_dir));
  command.executable = copy.executable;
  command.with_libraries = copy.with_libraries;
  return command;
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
  request.overlap = o.step.overlap;
  if (inside) request.terms.relative = count(o.step.relative).value_or(0);
  request.terms.immediate = inside && o.job.timing.immediate.has_value();
  if (inside) request.memory_per_node = size.memory_per_node;
  if (o.step.interactive) make_interactive(request);
  return request;
}

// srun's own end of the streams that are not opened on the nodes.
struct Streams {
  StepClientPorts& ports;  // gets the descriptors
  std::size_t tasks = 0;
  std::array<OwnFd, 3> owned;
};

Status open_streams(const SrunOptions& o, const SrunContext& context, const StepKey& key, Streams& streams) {
  const JobFiles& files = o.job.files;
  auto& [ports, tasks, owned] = streams;
  FileNameFacts facts;
  facts.job = key.job;
  facts.step = key.step;
  facts.user_name = context.submit.owner.user_name;
  facts.job_name = job_name_of(o, context);
  const auto is_file = [&](const std::string& pattern) {
    return (!to_srun(pattern) || (as_task(pattern) && !task_of_step(pattern, tasks))) && !on_nodes(pattern);
  };
  const auto open_one = [&](const std::string& pattern, int flags, OwnFd& own) -> Status {
    std::string path = pattern == "none" ? "/dev/null" : expand_file_pattern(pattern, facts);
    if (!path.starts_with('/')) path = context.submit.work_dir + "/" + path;
    own.fd = open(path.c_str(), flags | O_CLOEXEC, open_mode);
    const char* what = &own == owned.data() ? "stdin file " : "";
    if (own.fd < 0) return fail(fmt::format("Could not open {}{}: {}", what, path, strerror(errno)));
    return {};
  };
  const int writing = O_WRONLY | O_CREAT | O_APPEND | (files.open_append.value_or(false) ? 0 : O_TRUNC);
  if (is_file(files.output)) {
    TRY(open_one(files.output, writing, owned[1]));
    ports.output_fd = owned[1].fd;
    if (files.error.empty()) ports.error_fd = owned[1].fd;
  }
  if (is_file(files.error)) {
    TRY(open_one(files.error, writing, owned[2]));
    ports.error_fd = owned[2].fd;
  }
  if (is_file(files.input)) {
    TRY(open_one(files.input, O_RDONLY | O_NONBLOCK, owned[0]));  // a FIFO need not have its writer yet
    ports.input_fd = owned[0].fd;
  }
  return {};
}

// Nobody will attach to it.
void end_step(ControllerClient& controller, const StepKey& key, const Messages& messages) {
  JobVerbRequest request;
  request.job = key.job;
  request.step = key.step;
  static_cast<void>(ask<DoneReply>(controller, std::move(request), messages));
}

StepClientOptions client_options(const SrunOptions& o, const SrunContext& context, std::size_t tasks) {
  StepClientOptions options;
  options.style.label = o.terminal.label;
  options.style.unbuffered = o.terminal.unbuffered;
  options.kill_on_bad_exit = o.terminal.kill_on_bad_exit.value_or(false);
  options.quit_on_interrupt = o.terminal.quit_on_interrupt;
  options.kill_wait = context.kill_wait;
  options.attach_patience = context.attach_patience;
  options.wait = o.terminal.wait.value_or(Seconds(0));
  options.forward_input = o.job.files.input != "none";
  options.terminal = o.terminal.pty.has_value();
  options.input_task = task_of_step(o.job.files.input, tasks);
  options.output_task = task_of_step(o.job.files.output, tasks);
  return options;
}

LocalScripts local_scripts(const SrunOptions& o, const SrunContext& context) {
  return {o.helpers.prolog.empty() ? context.site_prolog : o.helpers.prolog,
          o.helpers.epilog.empty() ? context.site_epilog : o.helpers.epilog,
          {}};
}

struct Attended {
  int status = 0;
  bool left_behind = false;
};

// With the terminal raw meanwhile, if the task has one.
Attended attend(StepReply step, const StepClientOptions& options, StepClientPorts ports) {
  std::optional<RawTerminal> raw;
  if (options.terminal) raw.emplace(ports.input_fd);
  StepClient client(std::move(step), options, std::move(ports));
  const int status = client.run();
  return {status, client.left_behind()};
}

struct StepToRun {
  StepRequest request;
  std::optional<StepReply> made;  // along with its allocation
  StepClientPorts ports;
};

int run_step(ControllerClient& controller, const SrunOptions& o, const SrunContext& context, StepToRun what) {
  auto& [request, made, ports] = what;
  const JobId job = request.job;
  const auto copy = program_copy(o, context.bcast, context.environment, request.command.work_dir);
  LocalScripts scripts = local_scripts(o, context);
  scripts.environment = request.command.environment;
  auto step =
      made ? Result<StepReply>(std::move(*made)) : ask<StepReply>(controller, std::move(request), ports.messages);
  if (!step && step.error().code == Errc::invalid_node_count && !step.error().message.empty()) {
    ports.messages.error("{}", step.error().message);
    return 1;
  }
  if (!step) {
    ports.messages.error("Unable to create step for job {}: {}", job.value, text_of(step.error()));
    return 1;
  }
  const std::size_t tasks = step->layout.task_ids.size();
  Streams streams{ports, tasks, {}};
  if (const Status status = open_streams(o, context, step->key, streams); !status) {
    ports.messages.error(status.error());
    end_step(controller, step->key, ports.messages);
    return 1;
  }
  const StepKey key = step->key;
  const Messages& messages = ports.messages;
  const bool sent =
      !copy || send_program(controller, *copy, key, {ports.connect, ports.random, messages, ports.signal_fd});
  if (!sent || !run_local_prolog(scripts, key, messages)) {
    end_step(controller, key, messages);
    return 1;
  }
  const StepClientOptions options = client_options(o, context, tasks);
  const Attended attended = attend(std::move(*step), options, std::move(ports));
  if (attended.left_behind) end_step(controller, key, messages);
  run_local_epilog(scripts, key, messages);
  return attended.status;
}

std::optional<JobId> job_around(const SrunOptions& o, const Environment& environment) {
  std::string text = o.step.jobid;
  if (const std::string* variable = environment.find("SLURM_JOB_ID"); text.empty() && variable) text = *variable;
  const auto number = as_task(text);
  if (!number || *number == 0) return std::nullopt;
  return JobId(*number);
}

Result<int> run_in_own_allocation(ControllerClient& controller, SrunOptions o, const SrunContext& context,
                                  StepClientPorts ports) {
  TRY_ASSIGN(const std::vector<std::string> hosts, arbitrary_hosts(o, context.environment, context.submit));
  fit_to_hosts(o.job, hosts);
  TRY_ASSIGN(const ExportedEnvironment exported, exported_environment(o.job.files.export_names, context.environment));
  SubmitContext submit = context.submit;
  submit.batch = false;
  TRY_ASSIGN(JobSpec spec, make_job_spec(o.job, submit));
  const Messages& messages = ports.messages;
  TRY_ASSIGN(StepCommand command, command_of(o, context, {}));  // what is wrong with it is told before a job is made
  spec.policy.held_by = HeldBy::srun;
  StepRequest request = step_of(o, JobId(), false);
  add_placement(o, hosts, request);
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
  request.command.environment = allocation_environment(granted->job, context.facts, exported.variables);
  const JobId job = request.job;
  const int status = run_step(controller, o, context, {std::move(request), std::move(granted->step), std::move(ports)});
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
  return 0;
}

Result<int> run_inside(ControllerClient& controller, SrunOptions o, const SrunContext& context,
                       std::pair<JobId, StepClientPorts> where) {
  const std::string& gres = o.job.resources.gres;
  if (!gres.empty() && gres != "none") return fail(Errc::not_supported, "--gres is not supported");
  TRY_ASSIGN(ExportedEnvironment exported, exported_environment(o.job.files.export_names, context.environment));
  for (std::string& variable : placement_variables(o)) exported.variables.push_back(std::move(variable));
  TRY_ASSIGN(const std::vector<std::string> hosts, arbitrary_hosts(o, context.environment, context.submit));
  StepRequest request = step_of(o, where.first, true);
  add_placement(o, hosts, request);
  TRY(place_relative(request, o, context.environment));
  TRY_ASSIGN(request.command, command_of(o, context, exported.variables));
  return run_step(controller, o, context, {std::move(request), {}, std::move(where.second)});
}

}  // namespace

int run_srun(ControllerClient& controller, SrunOptions options, const SrunContext& context, StepClientPorts ports) {
  const Messages& messages = ports.messages;
  const std::string warning = fit_nodes_to_tasks(options.job);
  if (!warning.empty()) messages.info("{}", warning);
  Result<int> status = 1;
  if (const Status supported = check_supported(options); !supported)
    status = supported.error();
  else if (options.job.handling.test_only)
    status = test_only(controller, options, context, messages);
  else if (const auto job = job_around(options, context.environment))
    status = run_inside(controller, options, context, {*job, std::move(ports)});
  else
    status = run_in_own_allocation(controller, options, context, std::move(ports));
  if (status) return *status;
  const std::string text = text_of(status.error());
  for (const std::string_view line : split(text, '\n')) messages.error("{}", line);
  return 1;
}

}  // namespace slurmxx
