// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Of StepClient: how srun ends its step, by signals that it gets, an abort, or a task that ended long ago.
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>

#include "adapters/clock/clock.h"
#include "adapters/time_zone.h"
#include "commands/srun/step_client.h"
#include "commands/srun/terminal.h"
#include "core/text/instant_text.h"

namespace slurmxx {

void StepClient::read_signal() {
  signalfd_siginfo info{};
  if (read(ports_.signal_fd, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return;
  const int signal = static_cast<int>(info.ssi_signo);
  if (signal == SIGWINCH) return options_.terminal ? send_all(window_size_of(ports_.input_fd)) : void();
  if (signal == SIGINT) return interrupt();
  if (signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT) return force_end();
  send_all(TaskSignal{static_cast<std::uint32_t>(signal)});
}

// One: say what runs. Two within a second: the tasks get it, and are ended. Three: no more waiting.
void StepClient::interrupt() {
  const auto now = std::chrono::steady_clock::now();
  const bool again = interrupts_.last && now - *interrupts_.last <= std::chrono::seconds(1);
  interrupts_.last = now;
  interrupts_.count = again ? interrupts_.count + 1 : 1;
  if (interrupts_.count == 1 && options_.disable_status && !options_.quit_on_interrupt) {
    ports_.messages.info("sending Ctrl-C to {}", step_text());
    return send_all(TaskSignal{SIGINT});
  }
  if (interrupts_.count == 1 && !options_.quit_on_interrupt) {
    ports_.messages.info("interrupt (one more within 1 sec to abort)");
    return tell_states();
  }
  if (interrupts_.count <= 2) {
    ports_.messages.info("sending Ctrl-C to {}", step_text());
    send_all(TaskSignal{SIGINT});
    return force_end();
  }
  ports_.messages.info("forcing job termination");
  send_all(TaskSignal{SIGKILL});
  aborted_ = true;
  constexpr int interrupted_status = 128 + SIGINT;
  statuses_.own = interrupted_status;
}

void StepClient::force_end() {
  ports_.messages.info("forcing job termination");
  constexpr int terminated_status = 128 + SIGTERM;
  if (nobody_listens()) {  // its prolog runs yet: there is no task to wait for
    aborted_ = true;
    statuses_.own = terminated_status;
    return;
  }
  tell_of_abort();
  end_tasks();
}

void StepClient::tell_of_abort() {
  if (std::exchange(told_of_abort_, true)) return;
  ports_.messages.info("Job step aborted: Waiting up to {} seconds for job step to finish.",
                       options_.kill_wait.value + AbortClock::grace.count());
}

// As scancel does it.
void StepClient::end_tasks() {
  terminated_ = true;
  if (!abort_.begun())
    ports_.messages.error("*** STEP {}.{} ON {} CANCELLED AT {} ***", step_.key.job.value, to_string(step_.key.step),
                          links_.front().name, instant_text(wall_now(), LocalTimeZone()));
  send_all(TaskSignal{SIGCONT});
  send_all(TaskSignal{SIGTERM});
  abort_.begin(std::chrono::steady_clock::now(), options_.kill_wait);
}

void StepClient::act_on_abort() {
  switch (abort_.due(std::chrono::steady_clock::now())) {
    case AbortClock::Due::nothing:
      return;
    case AbortClock::Due::kill:
      return send_all(TaskSignal{SIGKILL});
    case AbortClock::Due::leave:
      break;
  }
  if (over()) return;
  ports_.messages.error("{} did not end after SIGKILL: left to its nodes", step_text());
  aborted_ = true;
  constexpr int killed_status = 128 + SIGKILL;
  statuses_.own = std::max(statuses_.own, killed_status);
}

bool StepClient::nobody_listens() const {
  return std::none_of(links_.begin(), links_.end(), [](const NodeLink& link) { return link.secured && !link.done; });
}

void StepClient::tell_states() const {
  std::vector<std::uint32_t> exited;
  for (const std::uint32_t task : step_.layout.task_ids)
    if (std::find(running_.begin(), running_.end(), task) == running_.end()) exited.push_back(task);
  std::sort(exited.begin(), exited.end());
  if (!running_.empty()) ports_.messages.info("{} {}: running", step_text(), tasks_text(running_));
  if (!exited.empty()) ports_.messages.info("{} {}: exited", step_text(), tasks_text(exited));
}

std::optional<AbortClock::Time> StepClient::stragglers_until() const {
  if (options_.wait <= Seconds(0) || !first_end_ || terminated_ || running_.empty()) return std::nullopt;
  return *first_end_ + std::chrono::seconds(options_.wait.value);
}

void StepClient::end_stragglers() {
  const auto until = stragglers_until();
  if (!until || std::chrono::steady_clock::now() < *until) return;
  ports_.messages.info("First task exited {}s ago", options_.wait.value);
  tell_states();
  ports_.messages.info("Terminating {}", step_text());
  tell_of_abort();
  end_tasks();
}

}  // namespace slurmxx
