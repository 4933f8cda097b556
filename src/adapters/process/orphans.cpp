// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// One walk over /proc; a process that ends meanwhile is skipped.
#include "adapters/process/orphans.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "adapters/process/launcher.h"
#include "core/launch/own_job.h"

namespace slurmxx {
namespace {

std::optional<pid_t> pid_of(const std::string& name) {
  pid_t pid = 0;
  const char* end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data(), end, pid);
  if (error != std::errc{} || stop != end || pid <= 0) return std::nullopt;
  return pid;
}

// Zombies are left out: they run no more.
bool is_over(pid_t pid) {
  const std::string stat = proc_file(fmt::format("/proc/{}/stat", pid));
  const std::size_t name_end = stat.rfind(')');
  return name_end == std::string::npos || name_end + 2 >= stat.size() || stat[name_end + 2] == 'Z';
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  const std::string tasks = fmt::format("/proc/{}/task", parent);
  std::error_code error;
  for (std::filesystem::directory_iterator it(tasks, error), end; !error && it != end; it.increment(error)) {
    const std::string list = proc_file(it->path().string() + "/children");
    for (std::size_t at = 0; at < list.size();) {
      const std::size_t stop = std::min(list.find(' ', at), list.size());
      if (const auto pid = pid_of(list.substr(at, stop - at))) children.push_back(*pid);
      at = stop + 1;
    }
  }
  return children;
}

// All of the variables, in any order; and of this job, whichever its own variable names.
bool environment_has(pid_t pid, const std::vector<std::string>& variables, std::optional<JobId> job = {}) {
  static const std::string own = std::string(own_job_variable) + "=";
  const std::string environment = proc_file(fmt::format("/proc/{}/environ", pid));
  const std::string id = job ? to_string(*job) : "";
  std::size_t matches = 0;
  bool of_job = !job;
  bool named = false;
  for (std::size_t at = 0; at < environment.size();) {
    const std::string_view entry(environment.c_str() + at);
    if (job && entry.starts_with("SLURM_JOB_ID=") && !named) of_job = entry.substr(entry.find('=') + 1) == id;
    if (job && entry.starts_with(own)) {
      named = true;
      of_job = entry.substr(own.size()) == id;
    }
    if (std::find(variables.begin(), variables.end(), entry) != variables.end()) ++matches;
    at += entry.size() + 1;
  }
  return of_job && matches >= variables.size();
}

bool owned_by(pid_t pid, Uid owner) {
  struct stat info {};
  return stat(fmt::format("/proc/{}", pid).c_str(), &info) == 0 && info.st_uid == owner.value;
}

// "1234 (name of it) S PARENT ..."
pid_t parent_of(const std::string& stat) {
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos || name_end + 4 >= stat.size()) return 0;
  const std::size_t at = name_end + 4;
  return pid_of(stat.substr(at, stat.find(' ', at) - at)).value_or(0);
}

// What slurmd runs for the administrator knows the job as well, and what that left running is wanted.
bool of_site_script(pid_t pid) {
  for (const char* context : {"prolog_slurmd", "epilog_slurmd", "unkillable_slurmd"})
    if (environment_has(pid, {fmt::format("SLURM_SCRIPT_CONTEXT={}", context)})) return true;
  return false;
}

// Who is called slurmstepd and is another user's is no slurmstepd of ours.
bool below_slurmstepd(pid_t pid) {
  constexpr int generations_max = 1000;
  for (int i = 0; i < generations_max && pid > 1; ++i) {
    const std::string stat = proc_file(fmt::format("/proc/{}/stat", pid));
    if (stat.find("(slurmstepd)") != std::string::npos && owned_by(pid, Uid(geteuid()))) return true;
    pid = parent_of(stat);
  }
  return false;
}

}  // namespace

std::string proc_file(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  std::string text;
  char part[16u << 10];
  for (ssize_t n = read(fd, part, sizeof part); n > 0; n = read(fd, part, sizeof part))
    text.append(part, static_cast<std::size_t>(n));
  close(fd);
  return text;
}

std::uint64_t start_time_or_0(pid_t pid) {
  const auto start_time = process_start_time(pid);
  return start_time ? *start_time : 0;
}

bool is_alive(const FoundProcess& process) {
  return start_time_or_0(process.pid) == process.start_time && !is_over(process.pid);
}

std::vector<FoundProcess> find_job_processes(const OrphanFilter& filter) {
  std::vector<std::string> variables;
  if (filter.step) variables.push_back(fmt::format("SLURM_STEP_ID={}", filter.step->value));
  if (!filter.node.empty()) variables.push_back("SLURMD_NODENAME=" + filter.node);
  std::vector<FoundProcess> found;
  std::error_code error;
  for (std::filesystem::directory_iterator it("/proc", error), end; !error && it != end; it.increment(error)) {
    const auto pid = pid_of(it->path().filename().string());
    if (!pid || *pid == getpid()) continue;
    if (filter.owner && !owned_by(*pid, *filter.owner)) continue;
    // Before the environment: were the pid used again in between, the start time would not match when we signal.
    const auto start_time = process_start_time(*pid);
    if (!start_time || *start_time < filter.started_from) continue;
    if (!environment_has(*pid, variables, filter.job)) continue;
    if (!filter.outside_steps || !(of_site_script(*pid) || below_slurmstepd(*pid)))
      found.push_back({*pid, *start_time});
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.pid < b.pid; });
  return found;
}

std::vector<pid_t> descendant_pids() {
  std::vector<pid_t> found = children_of(getpid());
  for (std::size_t i = 0; i < found.size(); ++i) {
    const std::vector<pid_t> children = children_of(found[i]);
    found.insert(found.end(), children.begin(), children.end());
  }
  return found;
}

std::vector<FoundProcess> find_descendants() {
  std::vector<FoundProcess> found;
  for (const pid_t pid : descendant_pids()) {
    const auto start_time = process_start_time(pid);
    if (start_time && !is_over(pid)) found.push_back({pid, *start_time});
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.pid < b.pid; });
  return found;
}

Result<bool> signal_process(const FoundProcess& process, int signal) {
  const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, process.pid, 0));
  if (pidfd < 0 && errno == ESRCH) return false;
  if (pidfd < 0) return fail(fmt::format("cannot open process {}: {}", process.pid, strerror(errno)));
  // Once the pidfd is open it names one process for ever: the start time tells whether it is the one we found.
  const auto start_time = process_start_time(process.pid);
  const bool same = start_time && *start_time == process.start_time;
  const bool sent = same && syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0) == 0;
  const int error_number = errno;
  close(pidfd);
  if (sent) return true;
  if (!same || error_number == ESRCH) return false;
  return fail(fmt::format("cannot signal process {}: {}", process.pid, strerror(error_number)));
}

}  // namespace slurmxx
