// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/process/script_chain.h"

#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "adapters/process/noted_child.h"

namespace slurmxx {
namespace {

std::vector<std::string> matching(const std::vector<std::string>& patterns) {
  std::vector<std::string> found;
  for (const std::string& pattern : patterns) {
    if (pattern.find_first_of("*?[") == std::string::npos) {
      found.push_back(pattern);
      continue;
    }
    glob_t names{};
    if (glob(pattern.c_str(), 0, nullptr, &names) == 0)
      for (std::size_t i = 0; i < names.gl_pathc; ++i) found.emplace_back(names.gl_pathv[i]);
    globfree(&names);
  }
  return found;
}

}  // namespace

ScriptChain::ScriptChain(ScriptOrder order, MonoTime now)
    : order_(std::move(order)), programs_(matching(order_.patterns)) {
  if (!wait_for_earlier(now)) start_next(now);
}

// False: it has ended, or its pid is another process by now.
bool ScriptChain::wait_for_earlier(MonoTime now) {
  if (!order_.before) return false;
  before_ = FileDescriptor(static_cast<int>(syscall(SYS_pidfd_open, order_.before->pid, 0)));
  if (before_ && start_time_or_0(order_.before->pid) != order_.before->start_time) before_ = FileDescriptor();
  if (before_ && !order_.timeout.unlimited) kill_at_ = now + order_.timeout.value;
  return static_cast<bool>(before_);
}

void ScriptChain::end_of_earlier(MonoTime now) {
  const pid_t pid = order_.before->pid;
  if (start_time_or_0(pid) == 0) kill(-pid, SIGKILL);  // what it left in its session
  before_ = FileDescriptor();
  kill_at_.reset();
  timed_out_ = false;
  start_next(now);
}

void ScriptChain::start_next(MonoTime now) {
  if (next_ == programs_.size()) {
    outcome_ = "";
    return;
  }
  const std::string& program = programs_[next_];
  const auto started = run_noted(program, order_.environment, order_.output, [this](pid_t pid) {
    if (order_.started) order_.started({pid, start_time_or_0(pid)});
  });
  if (!started) {
    outcome_ = fmt::format("{} error: {}: {}", order_.name, program, started.error().message);
    return;
  }
  pid_ = *started;
  if (!order_.timeout.unlimited) kill_at_ = now + order_.timeout.value;
}

void ScriptChain::child_ended(int status, MonoTime now) {
  const std::string program = programs_[next_++];
  if (!order_.leaves_processes || timed_out_) kill(-*pid_, SIGKILL);  // what it left in its session
  pid_.reset();
  kill_at_.reset();
  if (timed_out_)
    outcome_ = fmt::format("{} error: {} ran longer than {} s", order_.name, program, order_.timeout.value.value);
  else if (WIFSIGNALED(status))
    outcome_ = fmt::format("{} error: {} was ended by signal {}", order_.name, program, WTERMSIG(status));
  else if (WEXITSTATUS(status) != 0)
    outcome_ = fmt::format("{} error: {} ended with status {}", order_.name, program, WEXITSTATUS(status));
  else
    start_next(now);
}

void ScriptChain::tick(MonoTime now) {
  if (before_) {
    pollfd one{before_.get(), POLLIN, 0};
    if (poll(&one, 1, 0) > 0) return end_of_earlier(now);
  }
  if ((!pid_ && !before_) || !kill_at_ || now < *kill_at_) return;
  timed_out_ = true;
  kill_at_.reset();
  if (before_) syscall(SYS_pidfd_send_signal, before_.get(), SIGKILL, nullptr, 0);
  kill(before_ ? -order_.before->pid : -*pid_, SIGKILL);
}

}  // namespace slurmxx
