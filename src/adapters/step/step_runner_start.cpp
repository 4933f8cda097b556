// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// How StepRunner starts its tasks: once MPI is ready, each with its streams or terminal, its binding, the programs
// around it and what MPI gives it.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "adapters/step/pseudo_terminal.h"
#include "adapters/step/step_runner.h"
#include "adapters/step/task_request.h"
#include "core/launch/task_nice.h"

namespace slurmxx {
namespace {

constexpr int file_pipe_bytes = 1 << 20;  // as much as pipe-max-size permits everybody

struct Pipe {
  int ours = -1;
  int theirs = -1;
};

Result<Pipe> make_pipe(bool we_read) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return fail(fmt::format("cannot open a pipe: {}", strerror(errno)));
  Pipe made{ends[we_read ? 0 : 1], ends[we_read ? 1 : 0]};
  fcntl(made.ours, F_SETFL, O_NONBLOCK);
  return made;
}

std::optional<std::pair<std::string, std::uint32_t>> peer_address(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return std::nullopt;
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    return std::pair(std::string(text), std::uint32_t{ntohs(v4.sin_port)});
  }
  if (address.ss_family != AF_INET6) return std::nullopt;
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
  inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
  std::string host = text;
  if (host.starts_with("::ffff:")) host.erase(0, std::string_view("::ffff:").size());  // IPv4, really
  return std::pair(host, std::uint32_t{ntohs(v6.sin6_port)});
}

}  // namespace

void StepRunner::start_when_ready(StepTime now) {
  if (!started_ && srun_ && (!mpi_ || mpi_->ready())) start_tasks(now);
}

void StepRunner::serve_mpi(StepTime now) {
  if (!mpi_) return;
  const Status status = mpi_->serve();
  for (const StepOutput& message : mpi_->take_output()) send(message, now);
  if (status || all_ended_) return;
  fail_step(status.error().message, now);
  mpi_.reset();
}

void StepRunner::start_tasks(StepTime now) {
  started_ = true;
  if (tasks_.empty()) return fail_step("the step has no task on this node", now);
  if (const Status ready = prepare_place(); !ready) return fail_step(ready.error().message, now);
  TasksStarted started;
  for (std::uint32_t local = 0; local < tasks_.size(); ++local) {
    Task& task = tasks_[local];
    if (const Status status = start_task(task, local, now); !status) return fail_step(status.error().message, now);
    started.pids.push_back(static_cast<std::uint32_t>(task.process->pid()));
  }
  send(started, now);
}

// What is known only now: who launches, and what the tasks are bound to.
Status StepRunner::prepare_place() {
  place_.owner = order_.owner;
  place_.umask = order_.command.umask;
  place_.preserve_env = order_.command.preserve_env;
  place_.asked = order_.bind;
  if (const auto peer = peer_address(srun_->fd())) {
    place_.launch_address = peer->first;
    place_.launch_port = peer->second;
  }
  TRY_ASSIGN(binding_, bind_step(order_, static_cast<std::uint32_t>(tasks_.size())));
  if (!binding_) return {};
  place_.cpu_binding = binding_->cpu;
  place_.mem_binding = binding_->memory;
  return {};
}

Status StepRunner::open_pipes(Task& task) {
  const StepCommand& command = order_.command;
  const auto open_stream = [&](int place, bool we_read, int& ours) -> Status {
    TRY_ASSIGN(const Pipe made, make_pipe(we_read));
    ours = made.ours;
    task.theirs[static_cast<std::size_t>(place)] = made.theirs;
    return {};
  };
  if (command.input.empty()) TRY(open_stream(STDIN_FILENO, false, task.input));
  if (command.receives_files) fcntl(task.input, F_SETPIPE_SZ, file_pipe_bytes);  // or stays as it is
  if (command.output.empty()) TRY(open_stream(STDOUT_FILENO, true, task.streams[0].fd));
  if (command.error.empty() && command.output.empty()) TRY(open_stream(STDERR_FILENO, true, task.streams[1].fd));
  return {};
}

// srun(1), --pty: task 0 has the terminal, the others read and write nothing.
Status StepRunner::open_terminal(Task& task) {
  if (task.id != 0) {
    task.request.files = {"/dev/null", "/dev/null", "/dev/null"};
    return {};
  }
  TRY_ASSIGN(PseudoTerminal pair, open_pseudo_terminal(order_.owner.uid, window_));
  for (int& fd : task.theirs) fd = fcntl(pair.theirs.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  task.input = fcntl(pair.ours.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  task.streams[0].fd = pair.ours.release();
  task.terminal = true;
  task.request.terminal = true;
  return {};
}

Status StepRunner::start_task(Task& task, std::uint32_t local, StepTime now) {
  const TaskFacts facts{local, task.id, site_.host_name, site_.task_prolog, error_head(now, zone_)};
  TRY_ASSIGN(task.request, task_request(order_, place_, facts));
  task.request.nice = task_nice({site_.propagate_priority, getpriority(PRIO_PROCESS, 0), order_.owner.uid == root_uid},
                                task.request.environment);
  const bool unbound = binding_ && bind_task(*binding_, local, task.request);
  task.streams[1].is_error = true;
  TRY(order_.command.pty ? open_terminal(task) : open_pipes(task));
  if (mpi_) TRY(mpi_->prepare(local, task.request));
  task.request.descriptors = task.theirs;
  auto process = launch_process(task.request);
  if (mpi_) mpi_->started(local);
  if (!process) return process.error();
  task.process = std::move(*process);
  close_fd(task.theirs[STDIN_FILENO]);
  close_fd(task.theirs[STDOUT_FILENO]);
  if (site_.task_epilog.empty() && order_.command.task_epilog.empty()) close_fd(task.theirs[STDERR_FILENO]);
  tell_binding(task, local, unbound, now);
  return {};
}

void StepRunner::tell_binding(const Task& task, std::uint32_t local, bool unbound, StepTime now) {
  const auto pid = static_cast<std::uint32_t>(task.process->pid());
  std::string text;
  if (binding_) text = binding_text(*binding_, {place_.nodes[place_.node_rank], task.id, local, pid, unbound});
  const StepGpus& gpus = place_.gpus;
  if (local < gpus.of_task.size())
    if (const std::string line = gpu_bind_line(order_.gpu_bind, gpus.grant, gpus.of_task[local]); !line.empty())
      text += line + "\n";
  if (!text.empty()) send(TaskOutput{task.id, true, text}, now);
}

void StepRunner::begin_epilogs(Task& task) {
  std::vector<TaskScript> scripts;
  if (!order_.command.task_epilog.empty()) scripts.push_back({"--task-epilog", order_.command.task_epilog});
  if (!site_.task_epilog.empty() && !order_.command.receives_files)
    scripts.push_back({"TaskEpilog", site_.task_epilog});
  task.epilogs.emplace(std::move(scripts), task.request, EpilogTerms{task.theirs[STDERR_FILENO], site_.task_epilog_ms});
}

bool StepRunner::serve_epilogs(Task& task, StepTime now) {
  const bool done = task.epilogs->done(now.monotonic_ms);
  for (const std::string& failure : task.epilogs->take_failures())
    send(TaskOutput{task.id, true, error_head(now, zone_) + failure + "\n"}, now);
  return done;
}

}  // namespace slurmxx
