// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// One walk over /proc; a process that ends meanwhile is skipped.
#include "adapters/process/orphans.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "adapters/process/launcher.h"

namespace slurmxx {
namespace {

std::optional<pid_t> pid_of(const std::string& name) {
  pid_t pid = 0;
  const char* end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data(), end, pid);
  if (error != std::errc{} || stop != end || pid <= 0) return std::nullopt;
  return pid;
}

// All of the variables, in any order.
bool environment_has(pid_t pid, const std::vector<std::string>& variables) {
  std::ifstream file(fmt::format("/proc/{}/environ", pid));
  const std::string environment((std::istreambuf_iterator<char>(file)), {});
  std::size_t matches = 0;
  for (std::size_t at = 0; at < environment.size();) {
    const std::string_view entry(environment.c_str() + at);
    if (std::find(variables.begin(), variables.end(), entry) != variables.end()) ++matches;
    at += entry.size() + 1;
  }
  return matches >= variables.size();
}

bool owned_by(pid_t pid, Uid owner) {
  struct stat info {};
  return stat(fmt::format("/proc/{}", pid).c_str(), &info) == 0 && info.st_uid == owner.value;
}

}  // namespace

std::vector<FoundProcess> find_job_processes(const OrphanFilter& filter) {
  std::vector<std::string> variables = {fmt::format("SLURM_JOB_ID={}", filter.job.value)};
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
    if (environment_has(*pid, variables)) found.push_back({*pid, *start_time});
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
