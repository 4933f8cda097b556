// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/step/usage_sampler.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "adapters/process/orphans.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

// proc(5), /proc/PID/stat, counted from 0 behind the name in parentheses.
enum StatField : std::size_t {
  stat_parent = 1,
  stat_session = 3,
  stat_major_faults = 9,
  stat_children_major_faults = 10,
  stat_user = 11,
  stat_system = 12,
  stat_children_user = 13,
  stat_children_system = 14,
  stat_vmem = 20,
  stat_resident = 21,
  stat_fields = 22
};
constexpr std::uint64_t micros_in_second = 1'000'000;
constexpr std::uint64_t kibi = 1024;

std::uint64_t number(std::string_view text) {
  const auto parsed = parse_natural(text);
  return parsed ? *parsed : 0;
}

std::uint64_t micros(const timeval& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * micros_in_second + static_cast<std::uint64_t>(time.tv_usec);
}

std::uint64_t line_value(const std::string& text, std::string_view name) {
  const std::size_t at = text.find(name);
  return at == std::string::npos ? 0 : std::strtoull(text.c_str() + at + name.size(), nullptr, 10);
}

struct Transferred {
  std::uint64_t read = 0;
  std::uint64_t written = 0;
};

Transferred transferred(pid_t pid) {
  const std::string io = proc_file(fmt::format("/proc/{}/io", pid));
  return {line_value(io, "rchar: "), line_value(io, "wchar: ")};
}

// A process that was forked from us counts our memory as its own until its exec, and for ever in its highest.
std::uint64_t own_peak_memory() {
  rusage own{};
  getrusage(RUSAGE_SELF, &own);
  return static_cast<std::uint64_t>(own.ru_maxrss) * kibi;
}

}  // namespace

void UsageSampler::Counters::add(const Counters& other) {
  user_us += other.user_us;
  system_us += other.system_us;
  pages += other.pages;
  read += other.read;
  written += other.written;
}

void UsageSampler::Counters::raise_to(const Counters& other) {
  user_us = std::max(user_us, other.user_us);
  system_us = std::max(system_us, other.system_us);
  pages = std::max(pages, other.pages);
  read = std::max(read, other.read);
  written = std::max(written, other.written);
}

bool UsageSampler::read_process(pid_t pid, Process& process) {
  static const auto ticks_in_second = static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
  static const auto page_bytes = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  const std::string text = proc_file(fmt::format("/proc/{}/stat", pid));
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos || name_end + 2 > text.size()) return false;
  const auto fields = split(std::string_view(text).substr(name_end + 2), ' ');
  if (fields.size() < stat_fields) return false;
  const auto time = [&](StatField own, StatField of_children) {
    return (number(fields[own]) + number(fields[of_children])) * micros_in_second / ticks_in_second;
  };
  process.parent = static_cast<pid_t>(number(fields[stat_parent]));
  process.session = static_cast<pid_t>(number(fields[stat_session]));
  process.memory = number(fields[stat_resident]) * page_bytes;
  process.vmem = number(fields[stat_vmem]);
  process.counters.user_us = time(stat_user, stat_children_user);
  process.counters.system_us = time(stat_system, stat_children_system);
  process.counters.pages = number(fields[stat_major_faults]) + number(fields[stat_children_major_faults]);
  const Transferred bytes = transferred(pid);
  process.counters.read = bytes.read;
  process.counters.written = bytes.written;
  return true;
}

void UsageSampler::sample(std::span<const TaskProcess> tasks, std::span<const pid_t> spared) {
  for (const TaskProcess& task : tasks) {
    tasks_.try_emplace(task.task);
    if (task.pid > 0) task_of_[task.pid] = task.task;
  }
  if (tasks_.empty()) return;
  std::map<pid_t, std::uint32_t> owner;
  std::map<std::uint32_t, TaskUse> now;
  for (const pid_t pid : descendant_pids()) {  // parents come first
    Process process;
    if (std::find(spared.begin(), spared.end(), pid) != spared.end() || !read_process(pid, process)) continue;
    if (std::find(spared.begin(), spared.end(), process.parent) != spared.end()) continue;
    const auto own = task_of_.find(pid);
    const auto above = owner.find(process.parent);
    const auto by_session = task_of_.find(process.session);
    const std::uint32_t task = own != task_of_.end()          ? own->second
                               : above != owner.end()         ? above->second
                               : by_session != task_of_.end() ? by_session->second
                                                              : tasks_.begin()->first;
    owner[pid] = task;
    if (over_.contains(pid)) continue;
    TaskUse& use = now[task];
    use.memory += process.memory;
    use.vmem += process.vmem;
    use.others.add(process.counters);
  }
  for (const auto& [task, use] : now) {
    TaskUse& known = tasks_[task];
    known.memory = std::max(known.memory, use.memory);
    known.vmem = std::max(known.vmem, use.vmem);
    known.others.raise_to(use.others);
  }
}

void UsageSampler::ended(const TaskProcess& task, const rusage& used) {
  TaskUse& use = tasks_[task.task];
  task_of_[task.pid] = task.task;
  if (!over_.insert(task.pid).second) return;
  use.others = {};  // it was in them; the next sample tells what is left
  const Transferred bytes = transferred(task.pid);
  use.finished = {micros(used.ru_utime), micros(used.ru_stime), static_cast<std::uint64_t>(used.ru_majflt), bytes.read,
                  bytes.written};
  const std::uint64_t peak = static_cast<std::uint64_t>(used.ru_maxrss) * kibi;
  if (peak > own_peak_memory()) use.memory = std::max(use.memory, peak);
}

StepUsage UsageSampler::result(bool with_figures) const {
  StepUsage usage;
  for (const auto& [task, use] : tasks_) {
    Counters sum = use.finished;
    sum.add(use.others);
    usage.user_us += sum.user_us;
    usage.system_us += sum.system_us;
    const std::uint64_t cpu_ms = (sum.user_us + sum.system_us) / 1000;
    if (with_figures) usage.add_task(task, {cpu_ms, use.memory, use.vmem, sum.pages, sum.read, sum.written});
  }
  return usage;
}

}  // namespace slurmxx
