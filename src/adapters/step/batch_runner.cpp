// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/step/batch_runner.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/fsuid.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>

#include "adapters/step/step_processes.h"

namespace slurmxx {
namespace {

// A name in the user's folders is followed with the user's rights alone.
int open_as_user(const LaunchRequest& request) {
  const bool is_root = geteuid() == 0;
  if (is_root) setfsgid(request.gid.value);
  if (is_root) setfsuid(request.uid.value);
  const int fd = open(request.files.error.c_str(), O_WRONLY | O_APPEND | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (is_root) setfsuid(geteuid());
  if (is_root) setfsgid(getegid());
  return fd;
}

}  // namespace

Result<BatchRunner> BatchRunner::start(LaunchRequest request, JobId job, BatchSite site) {
  TRY_ASSIGN(LaunchedProcess process, launch_process(request));
  return BatchRunner(std::move(request), job, std::move(site), std::move(process));
}

void BatchRunner::tell(const std::string& line, StepTime) {
  const int fd = open_as_user(request_);
  if (fd < 0) return;  // the user took the file away: there is nobody to tell
  [[maybe_unused]] const ssize_t written = write(fd, line.data(), line.size());
  close(fd);
}

OrphanFilter BatchRunner::filter() const { return {.job = job_, .owner = request_.uid, .step = StepId::batch()}; }

void BatchRunner::signal(int signal, bool shell_only) {
  if (result_) return;
  killed_ = killed_ || signal == SIGKILL;
  std::vector<pid_t> leaders;
  if (!exit_) leaders.push_back(process_.pid());
  if (const auto epilog = epilogs_ ? epilogs_->leader() : std::nullopt) leaders.push_back(*epilog);
  if (shell_only && !exit_)
    kill(process_.pid(), signal);
  else
    signal_step(filter(), leaders, signal);
}

void BatchRunner::end(const EndWords& words, std::int64_t kill_wait_ms, StepTime now) {
  if (result_) return;
  if (!words.why.empty() && !told_)
    tell(fmt::format("{}*** JOB {} ON {} {} ***\n", words.head, job_.value, site_.node_name, words.why), now);
  told_ = told_ || !words.why.empty();
  signal(SIGCONT, false);
  signal(SIGTERM, false);
  const std::int64_t at = now.monotonic_ms + kill_wait_ms;
  if (!kill_at_ms_ || at < *kill_at_ms_) kill_at_ms_ = at;
}

void BatchRunner::collect(std::vector<pollfd>& fds) const {
  if (!exit_) fds.push_back({process_.pidfd(), POLLIN, 0});
  if (epilogs_) epilogs_->collect(fds);
}

void BatchRunner::serve(StepTime now) {
  if (result_) return;
  if (kill_at_ms_ && now.monotonic_ms >= *kill_at_ms_) {
    kill_at_ms_.reset();
    signal(SIGKILL, false);
  }
  if (!exit_) look_for_end();
  if (!exit_ || !serve_epilogs(now)) return;
  look_at_ms_.reset();
  if (!kill_leftovers(filter())) {
    killed_ = true;
    look_at_ms_ = now.monotonic_ms + look_again_ms;
    return;
  }
  kill_at_ms_.reset();
  result_ = exit_;
}

void BatchRunner::abandon(StepTime) { result_ = exit_.value_or(ExitCode{0, SIGKILL}); }

void BatchRunner::look_for_end() {
  const auto end = end_of(process_);
  if (!end) return;
  usage_.ended({0, process_.pid()}, end->used);
  kill(-process_.pid(), SIGKILL);  // before it is reaped: until then its number is its own
  siginfo_t info{};
  waitid(P_PIDFD, static_cast<id_t>(process_.pidfd()), &info, WEXITED);
  kill_leftovers(filter());
  exit_ = end->exit;
  std::vector<TaskScript> scripts;
  if (!site_.task_epilog.empty()) scripts.push_back({"TaskEpilog", site_.task_epilog});
  epilogs_.emplace(std::move(scripts), request_, EpilogTerms{-1, site_.task_epilog_ms});
}

bool BatchRunner::serve_epilogs(StepTime now) {
  const bool done = epilogs_->done(now.monotonic_ms);
  for (const std::string& failure : epilogs_->take_failures()) tell(error_head(now, *site_.zone) + failure + "\n", now);
  return done;
}

std::optional<std::int64_t> BatchRunner::wake_at_ms() const {
  const auto epilog = epilogs_ ? epilogs_->wake_at_ms() : std::nullopt;
  std::optional<std::int64_t> wake = look_at_ms_ ? look_at_ms_ : kill_at_ms_;
  if (epilog) wake = wake ? std::min(*wake, *epilog) : epilog;
  return wake;
}

}  // namespace slurmxx
