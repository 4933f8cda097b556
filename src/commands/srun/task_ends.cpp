// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/srun/task_ends.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace slurmxx {

int exit_status_of(ExitCode exit) {
  constexpr int signal_base = 128;
  return exit.signal != 0 ? signal_base + static_cast<int>(exit.signal) : static_cast<int>(exit.status);
}

std::string tasks_text(std::vector<std::uint32_t> tasks) {
  std::sort(tasks.begin(), tasks.end());
  std::string text = tasks.size() == 1 ? "task " : "tasks ";
  for (std::size_t i = 0; i < tasks.size();) {
    std::size_t last = i;
    while (last + 1 < tasks.size() && tasks[last + 1] == tasks[last] + 1) ++last;
    text += fmt::format("{}{}", i == 0 ? "" : ",", tasks[i]);
    if (last > i) text += fmt::format("-{}", tasks[last]);
    i = last + 1;
  }
  return text;
}

void TaskEnds::add(const std::string& node, std::uint32_t task, ExitCode exit) {
  const bool first_signal = exit.signal != 0 && !any_signalled_;
  if (first_signal || (exit.signal != 0) == any_signalled_)
    exit_status_ = first_signal ? exit_status_of(exit) : std::max(exit_status_, exit_status_of(exit));
  any_signalled_ = any_signalled_ || exit.signal != 0;
  if (exit == ExitCode{}) return;
  for (Group& group : groups_) {
    if (group.node != node || !(group.exit == exit)) continue;
    group.tasks.push_back(task);
    return;
  }
  groups_.push_back({node, exit, {task}});
}

std::vector<std::string> TaskEnds::lines() {
  std::vector<std::string> lines;
  for (const Group& group : std::exchange(groups_, {})) {
    if (once_ && told_ == group.exit) continue;
    told_ = group.exit;
    const char* words = strsignal(static_cast<int>(group.exit.signal));
    const std::string how =
        group.exit.signal != 0 ? std::string(words) : fmt::format("Exited with exit code {}", group.exit.status);
    lines.push_back(fmt::format("{}: {}: {}", group.node, tasks_text(group.tasks), how));
  }
  return lines;
}

}  // namespace slurmxx
