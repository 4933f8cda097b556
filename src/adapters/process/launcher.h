// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Runs one batch script as its user: a session of its own, groups, limits, umask, work dir, files, exec. Everything is
// prepared before; until its exec the new process neither allocates nor locks, so a threaded caller may use it. What
// fails before the exec comes back as an Error, never as a process that looks started. Containment (cgroups) is not
// here.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/launch/file_pattern.h"
#include "core/model/job.h"

namespace slurmxx {

struct TaskScript {
  std::string name;  // "TaskProlog", for errors
  std::string path;
};

struct LaunchRequest {
  Uid uid;
  Gid gid;
  std::vector<Gid> groups;             // supplementary; used, as uid and gid, only when we are root
  std::vector<std::string> arguments;  // the first is the absolute path of the program
  std::vector<std::string> environment;
  std::string work_dir;  // the process starts in /tmp when it cannot be entered, and says so on its standard error
  FileNames files;       // opened as the user
  // Where not -1 it is used in place of the file: input, output, error. Above 2; stays the caller's to close.
  std::array<int, 3> descriptors{-1, -1, -1};
  std::vector<int> inherited;  // above 2; the process has them under the same numbers
  bool terminal = false;       // standard input is a terminal, and becomes the session's
  // Run one after the other by the new process, as the user, before its program. It counts as started by then; when one
  // of them fails, it says so on its standard error and ends with that status.
  std::vector<TaskScript> prologs;
  std::string error_head;  // begins lines on the process's own standard error
  // A program that cannot be executed is told there, and the process ends with errno as its status; else it is an
  // Error.
  bool tell_exec_error = false;
  bool append = false;  // false: truncate
  std::uint32_t umask = 022;
  std::vector<ResourceLimit> limits;  // soft limits, cut to the hard ones
  std::vector<std::uint32_t> cpus;    // to run on, in the system's numbers; empty: as the caller
  std::optional<int> memory_policy;   // set_mempolicy(2), with `memory_nodes`
  std::vector<std::uint32_t> memory_nodes;
  std::optional<int> nice;  // absent: as the caller
};

// Owns the pidfd. The process must still be reaped: waitpid(pid), or waitid(P_PIDFD) when the pidfd polls readable.
class LaunchedProcess {
 public:
  LaunchedProcess(pid_t pid, int pidfd, std::uint64_t start_time) : pid_(pid), pidfd_(pidfd), start_time_(start_time) {}
  LaunchedProcess(LaunchedProcess&& other) noexcept;
  LaunchedProcess& operator=(LaunchedProcess&& other) noexcept;
  ~LaunchedProcess();

  pid_t pid() const { return pid_; }
  int pidfd() const { return pidfd_; }
  std::uint64_t start_time() const { return start_time_; }  // clock ticks since boot; with pid it names a process

 private:
  pid_t pid_;
  int pidfd_;
  std::uint64_t start_time_;
};

// How it ended, and what it used with all that it waited for; it stays to be reaped. Nothing: it runs.
struct ProcessEnd {
  ExitCode exit;
  rusage used{};
};
std::optional<ProcessEnd> end_of(const LaunchedProcess& process);

Result<LaunchedProcess> launch_process(const LaunchRequest& request);

// Field 22 of /proc/PID/stat (proc(5)).
Result<std::uint64_t> process_start_time(pid_t pid);

}  // namespace slurmxx
