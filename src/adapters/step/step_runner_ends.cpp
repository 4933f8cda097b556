// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// How tasks end: seen, told once their last words have gone out, and with the last of them the step.
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "adapters/step/step_processes.h"
#include "adapters/step/step_runner.h"

namespace slurmxx {
namespace {

std::size_t bytes_in(int fd) {
  int bytes = 0;
  return fd >= 0 && ioctl(fd, FIONREAD, &bytes) == 0 && bytes > 0 ? static_cast<std::size_t>(bytes) : 0;
}

}  // namespace

void StepRunner::take_end(Task& task, StepTime now) {
  serve_mpi(now);  // an abort is told before the end that it brings
  for (Stream& stream : task.streams) stream.left = bytes_in(stream.fd);
  const bool by_itself = task.exit->signal == 0 || !signals_.any;
  if (mpi_ && by_itself) mpi_->ended(static_cast<std::uint32_t>(&task - tasks_.data()), shell_status(*task.exit));
  begin_epilogs(task);
}

// The last word of a task stands before its end, however slowly srun takes it.
void StepRunner::tell_ends(StepTime now) {
  for (Task& task : tasks_) {
    if (!task.exit || task.end_told || task.streams[0].left + task.streams[1].left > 0) continue;
    task.end_told = true;
    send(TaskExited{task.id, *task.exit}, now);
  }
}

void StepRunner::look_at(Task& task, StepTime now) {
  const auto end = end_of(*task.process);
  if (!end) return;
  task.waits_for_children = order_.command.wait_for_children && has_children(filter(), task.process->pid());
  if (task.waits_for_children) {
    due_.look = now.monotonic_ms + look_again_ms;
    return;
  }
  task.exit = end->exit;
  usage_.ended({task.id, task.process->pid()}, end->used);
  take_end(task, now);
}

void StepRunner::look_for_ends(StepTime now) {
  if (all_ended_) return;
  bool all = started_;
  for (Task& task : tasks_) {
    if (task.process && !task.exit) look_at(task, now);
    all = (!task.process || (task.exit && serve_epilogs(task, now))) && all;
  }
  if (!all) return;
  for (const pid_t leader : leaders()) kill(-leader, SIGKILL);
  due_.look.reset();
  if (kill_leftovers(filter())) return all_over();
  signals_.kill = true;
  due_.look = now.monotonic_ms + look_again_ms;
}

void StepRunner::all_over() {
  all_ended_ = true;
  if (mpi_) mpi_->end();
}

void StepRunner::abandon(StepTime) {
  started_ = true;
  for (Task& task : tasks_) {
    if (!task.process || task.exit) continue;
    task.exit = ExitCode{0, SIGKILL};
  }
  if (!all_ended_) all_over();
}

void StepRunner::finish(StepTime now) {
  if (!all_ended_ || result_) return;
  ExitCode worst;
  for (const Task& task : tasks_) {
    if (task.streams[0].fd >= 0 || task.streams[1].fd >= 0) return;
    worst = highest(worst, task.exit.value_or(ExitCode{step_failed_status, 0}));
  }
  if (mpi_ && !mpi_->silent()) return;
  if (!done_sent_) send(NodeDone{worst}, now);
  done_sent_ = true;
  if (srun_ && srun_->flush().ok() && srun_->pending() > 0) return;
  if (mpi_ && !mpi_->over()) return;
  due_.arrival.reset();
  if (srun_ && !srun_->arrived()) {  // in a break of the network it would be lost with us
    constexpr std::int64_t look_again_ms = 100;
    due_.arrival = now.monotonic_ms + look_again_ms;
    return;
  }
  if (srun_) shutdown(srun_->fd(), SHUT_WR);
  if (readers_behind(now)) return;
  if (carries_on(now)) return;
  others_.readers.hang_up();
  result_ = worst;
}

}  // namespace slurmxx
