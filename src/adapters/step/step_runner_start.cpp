// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// How StepRunner starts its tasks: once MPI is ready, each with its streams, its binding and what MPI gives it.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "adapters/step/step_runner.h"
#include "adapters/step/task_request.h"

namespace slurmxx {
namespace {

void close_fd(int& fd) {
  if (fd >= 0) close(fd);
  fd = -1;
}

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

Status StepRunner::start_task(Task& task, std::uint32_t local, StepTime now) {
  TRY_ASSIGN(LaunchRequest request, task_request(order_, place_, {local, task.id, host_name_, error_head(now, zone_)}));
  const bool unbound = binding_ && bind_task(*binding_, local, request);
  const StepCommand& command = order_.command;
  std::array<int, 3> theirs{-1, -1, -1};
  Status status;
  const auto open_stream = [&](int place, bool we_read, int& ours) {
    auto made = make_pipe(we_read);
    if (!made) {
      status = made.error();
      return;
    }
    ours = made->ours;
    theirs[static_cast<std::size_t>(place)] = made->theirs;
  };
  task.streams[1].is_error = true;
  if (command.input.empty()) open_stream(STDIN_FILENO, false, task.input);
  if (command.output.empty()) open_stream(STDOUT_FILENO, true, task.streams[0].fd);
  if (command.error.empty() && command.output.empty()) open_stream(STDERR_FILENO, true, task.streams[1].fd);
  if (status && mpi_) status = mpi_->prepare(local, request);
  if (status) {
    request.descriptors = theirs;
    auto launched = launch_process(request);
    if (launched)
      task.process = std::move(*launched);
    else
      status = launched.error();
  }
  if (mpi_) mpi_->started(local);
  for (int& fd : theirs) close_fd(fd);
  if (binding_ && task.process) {
    const BoundTask bound{place_.nodes[place_.node_rank], task.id, local,
                          static_cast<std::uint32_t>(task.process->pid()), unbound};
    const std::string text = binding_text(*binding_, bound);
    if (!text.empty()) send(TaskOutput{task.id, true, text}, now);
  }
  return status;
}

}  // namespace slurmxx
