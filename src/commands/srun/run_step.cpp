// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/srun/run_step.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "commands/srun/local_scripts.h"
#include "commands/srun/step_request.h"
#include "commands/srun/terminal.h"
#include "core/launch/file_pattern.h"

namespace slurmxx {
namespace {

constexpr int open_mode = 0666;

// A FIFO needs its reader first: until there is one, or a signal that ends srun.
Result<int> open_for_writing(const std::string& path, int flags, int signal_fd) {
  constexpr int look_again_ms = 100;
  for (;;) {
    const int fd = open(path.c_str(), flags | O_NONBLOCK | O_CLOEXEC, open_mode);
    if (fd >= 0) {
      fcntl(fd, F_SETFL, flags & O_APPEND);
      return fd;
    }
    if (errno != ENXIO) return fail(fmt::format("Could not open {}: {}", path, strerror(errno)));
    pollfd signals{signal_fd, POLLIN, 0};
    signalfd_siginfo info{};
    if (poll(&signals, 1, look_again_ms) <= 0 || read(signal_fd, &info, sizeof info) != ssize_t{sizeof info}) continue;
    for (const int ending : {SIGINT, SIGTERM, SIGHUP, SIGQUIT})
      if (info.ssi_signo == static_cast<std::uint32_t>(ending))
        return fail(Errc::interrupted, fmt::format("interrupted while nobody read {}", path));
  }
}

struct OwnFd {
  int fd = -1;
  ~OwnFd() {
    if (fd >= 0) close(fd);
  }
};

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
    if (flags & O_WRONLY) {
      TRY_ASSIGN(own.fd, open_for_writing(path, flags, ports.signal_fd));
      return {};
    }
    own.fd = open(path.c_str(), flags | O_CLOEXEC, open_mode);
    if (own.fd < 0) return fail(fmt::format("Could not open stdin file {}: {}", path, strerror(errno)));
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
  options.kill_on_bad_exit = o.terminal.kill_on_bad_exit.value_or(context.kill_on_bad_exit);
  options.quit_on_interrupt = o.terminal.quit_on_interrupt;
  options.disable_status = o.terminal.disable_status;
  options.kill_wait = context.kill_wait;
  options.attach_patience = context.attach_patience;
  options.tree_width = context.tree_width;
  options.wait = o.terminal.wait.value_or(Seconds(0));
  const std::string* once = context.environment.find("SLURM_SRUN_REDUCE_TASK_EXIT_MSG");
  options.ends_once = once && !once->empty() && *once != "0";
  options.forward_input = o.job.files.input != "none";
  options.terminal = o.terminal.pty.has_value();
  options.input_task = task_of_step(o.job.files.input, tasks);
  options.output_task = task_of_step(o.job.files.output, tasks);
  options.error_task = task_of_step(o.job.files.error.empty() ? o.job.files.output : o.job.files.error, tasks);
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
  Messages in_raw_mode = ports.messages.with_returns();
  if (options.terminal) raw.emplace(ports.input_fd);
  StepClient client(std::move(step), options,
                    raw && raw->changed() ? ports.with_messages(in_raw_mode) : std::move(ports));
  const int status = client.run();
  return {status, client.left_behind()};
}

// Of each job that the step is in.
std::vector<StepKey> keys_of(const StepReply& step) {
  if (step.keys.empty()) return {step.key};
  std::vector<StepKey> keys = step.keys;
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

void end_all(ControllerClient& controller, const std::vector<StepKey>& keys, const Messages& messages) {
  for (const StepKey& key : keys) end_step(controller, key, messages);
}

// A step whose answer was lost with the slurmctld that made it has lost its order to start as well: another is made.
template <class Request>
Result<StepReply> ask_until_told(ControllerClient& controller, const Request& request, const Messages& messages) {
  constexpr int tries = 10;
  auto step = ask<StepReply>(controller, Request(request), messages);
  for (int i = 1; i < tries && !step && step.error().code == Errc::transition_state_no_update; ++i)
    step = ask<StepReply>(controller, Request(request), messages);
  return step;
}

// What a step had is free some milliseconds after its srun has ended: nobody is told to wait for that.
Result<StepReply> ask_for_step_now(ControllerClient& controller, StepRequest request, const Messages& messages) {
  constexpr int patience_ms = 150, pause_ms = 15;
  request.terms.immediate = true;
  auto step = ask_until_told(controller, request, messages);
  for (int waited = 0; waited < patience_ms && !step && step.error().code == Errc::nodes_busy; waited += pause_ms) {
    if (!controller.pause(pause_ms)) return fail(Errc::interrupted);
    step = ask_until_told(controller, request, messages);
  }
  return step;
}

// Whoever has to wait for other steps is told so.
Result<StepReply> ask_for_step(ControllerClient& controller, std::vector<StepRequest> requests,
                               const Messages& messages) {
  if (requests.size() > 1) return ask_until_told(controller, HetStepRequest{std::move(requests)}, messages);
  StepRequest& request = requests.front();
  auto step = ask_for_step_now(controller, request, messages);
  if (request.terms.immediate) return step;
  if (step || step.error().code != Errc::nodes_busy) return step;
  messages.info("Job {} step creation temporarily disabled, retrying ({})", request.job.value, text_of(step.error()));
  step = ask_until_told(controller, request, messages);
  if (step) messages.info("Step created for StepId={}.{}", step->key.job.value, to_string(step->key.step));
  return step;
}

// --bcast: each part's own program.
bool send_programs(ControllerClient& controller, std::span<const Result<ProgramCopy>> copies,
                   const std::vector<StepKey>& keys, const BroadcastPorts& ports) {
  for (std::size_t i = 0; i < keys.size() && i < copies.size(); ++i)
    if (copies[i] && !send_program(controller, *copies[i], keys[i], ports)) return false;
  return true;
}

std::vector<Result<ProgramCopy>> program_copies(std::span<const SrunOptions> parts, const SrunContext& context,
                                                const std::vector<StepRequest>& requests) {
  std::vector<Result<ProgramCopy>> copies;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    copies.push_back(program_copy(parts[i], context.bcast, context.environment, requests[i].command.work_dir));
    if (copies.back()) copies.back()->how.tree_width = context.tree_width;
  }
  return copies;
}

}  // namespace

int run_step(ControllerClient& controller, std::span<const SrunOptions> parts, const SrunContext& context,
             StepToRun what) {
  auto& [requests, made, ports] = what;
  const SrunOptions& o = parts.front();
  const JobId job = requests.front().job;
  const std::vector<Result<ProgramCopy>> copies = program_copies(parts, context, requests);
  LocalScripts scripts = local_scripts(o, context);
  scripts.environment = requests.front().command.environment;
  auto step =
      made ? Result<StepReply>(std::move(*made)) : ask_for_step(controller, std::move(requests), ports.messages);
  if (!step && step.error().code == Errc::invalid_node_count && !step.error().message.empty()) {
    ports.messages.error("{}", step.error().message);
    return 1;
  }
  if (!step) {
    ports.messages.error("Unable to create step for job {}: {}", job.value, text_of(step.error()));
    return status_of_error(step.error(), context.environment);
  }
  const std::vector<StepKey> keys = keys_of(*step);
  const std::size_t tasks = step->layout.task_ids.size();
  Streams streams{ports, tasks, {}};
  if (const Status status = open_streams(o, context, step->key, streams); !status) {
    ports.messages.error(status.error());
    end_all(controller, keys, ports.messages);
    return 1;
  }
  const StepKey key = step->key;
  const Messages& messages = ports.messages;
  const bool sent = send_programs(controller, copies, keys, {ports.connect, ports.random, messages, ports.signal_fd});
  if (!sent || !run_local_prolog(scripts, key, messages)) {
    end_all(controller, keys, messages);
    return 1;
  }
  const StepClientOptions options = client_options(o, context, tasks);
  const Attended attended = attend(std::move(*step), options, std::move(ports));
  if (attended.left_behind) end_all(controller, keys, messages);
  run_local_epilog(scripts, key, messages);
  return attended.status;
}

}  // namespace slurmxx
