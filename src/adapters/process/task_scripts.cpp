// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/process/task_scripts.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "adapters/process/read_program.h"
#include "adapters/process/spawn.h"
#include "core/launch/task_prolog.h"

namespace slurmxx {
namespace {

constexpr int cannot_execute = 127;

std::vector<std::string> with_context(std::vector<std::string> environment, const char* context) {
  std::erase_if(environment, [](const std::string& entry) { return entry.starts_with("SLURM_SCRIPT_CONTEXT="); });
  environment.push_back(fmt::format("SLURM_SCRIPT_CONTEXT={}", context));
  return environment;
}

[[noreturn]] void execute(const std::string& path, const std::vector<std::string>& environment, int output) {
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  dup2(null, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(null, STDERR_FILENO);
  const std::vector<std::string> arguments{path};
  execve(path.c_str(), c_strings(arguments).data(), c_strings(environment).data());
  _exit(cannot_execute);
}

[[noreturn]] void fail_task(const TaskScript& script, const std::string& error_head, int wait_status) {
  std::string why = WIFEXITED(wait_status) ? fmt::format("status={}", WEXITSTATUS(wait_status))
                                           : fmt::format("signal={}", WTERMSIG(wait_status));
  int status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 1;
  if (access(script.path.c_str(), X_OK) != 0) {
    why = fmt::format("cannot execute {}: {}", script.path, strerror(errno));
    status = 1;
  }
  const std::string line = fmt::format("{}{} failed {}\n", error_head, script.name, why);
  [[maybe_unused]] const ssize_t n = write(STDERR_FILENO, line.data(), line.size());
  _exit(status);
}

void print(std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = write(STDOUT_FILENO, text.data(), text.size());
    if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
    if (n < 0 && errno != EINTR) return;
  }
}

}  // namespace

void run_task_prologs(const std::vector<TaskScript>& scripts, std::vector<std::string>& environment,
                      const std::string& error_head) {
  for (const TaskScript& script : scripts) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return;
    const pid_t pid = fork();
    if (pid == 0) execute(script.path, with_context(environment, "prolog_task"), ends[1]);
    close(ends[1]);
    const std::string output = read_to_end(ends[0]);
    close(ends[0]);
    const int status = wait_for_child(pid);
    print(take_prolog_output(output, environment));
    if (status != 0) fail_task(script, error_head, status);
  }
}

TaskEpilogs::TaskEpilogs(std::vector<TaskScript> scripts, const LaunchRequest& task, EpilogTerms terms)
    : scripts_(std::move(scripts)), request_(task), time_ms_(terms.time_ms) {
  request_.prologs.clear();
  request_.inherited.clear();
  request_.terminal = false;
  request_.append = true;
  request_.files.input = request_.files.output = "/dev/null";
  request_.descriptors = {-1, -1, terms.error_fd};
  request_.environment = with_context(task.environment, "epilog_task");
}

void TaskEpilogs::collect(std::vector<pollfd>& fds) const {
  if (running_) fds.push_back({running_->pidfd(), POLLIN, 0});
}

std::optional<pid_t> TaskEpilogs::leader() const { return running_ ? std::optional(running_->pid()) : std::nullopt; }

void TaskEpilogs::note_end(const siginfo_t& info) {
  const std::string& name = scripts_[next_ - 1].name;
  if (info.si_code == CLD_EXITED && info.si_status == 0) return;
  if (info.si_code == CLD_EXITED)
    failures_.push_back(fmt::format("{} failed status={}", name, info.si_status));
  else if (timed_out_)
    failures_.push_back(
        fmt::format("{} failed status={} (it ran longer than {} s)", name, info.si_status, time_ms_ / 1000));
  else
    failures_.push_back(fmt::format("{} failed status={} (a signal)", name, info.si_status));
}

void TaskEpilogs::start_next(std::int64_t now_ms) {
  const TaskScript& script = scripts_[next_++];
  request_.arguments = {script.path};
  auto launched = launch_process(request_);
  if (!launched) return failures_.push_back(fmt::format("{} failed: {}", script.name, launched.error().message));
  running_.emplace(std::move(*launched));
  kill_at_ms_ = now_ms + time_ms_;
  timed_out_ = false;
}

bool TaskEpilogs::done(std::int64_t now_ms) {
  if (running_) {
    if (kill_at_ms_ && now_ms >= *kill_at_ms_) {
      timed_out_ = true;
      kill_at_ms_.reset();
      kill(-running_->pid(), SIGKILL);
    }
    siginfo_t info{};
    const int waited = waitid(P_PIDFD, static_cast<id_t>(running_->pidfd()), &info, WEXITED | WNOHANG);
    if (waited == 0 && info.si_pid == 0) return false;
    running_.reset();
    if (waited == 0) note_end(info);
  }
  while (!running_ && next_ < scripts_.size()) start_next(now_ms);
  return !running_;
}

}  // namespace slurmxx
