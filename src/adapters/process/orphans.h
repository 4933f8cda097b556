// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Processes that a job left behind, found without cgroups: by SLURM_JOB_ID (or core/launch/own_job.h) in
// /proc/PID/environ, the owner and the start time (ProctrackType=proctrack/linuxproc, and after a crash of slurmstepd).
// A process that rewrote its environment, or is in the middle of an exec, is not found: look again until none is left.
// A signal goes through a pidfd and only to the very process that was found: a pid that was used again is left alone.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

namespace slurmxx {

struct FoundProcess {
  pid_t pid = 0;
  std::uint64_t start_time = 0;  // clock ticks since boot

  bool operator==(const FoundProcess&) const = default;
};

struct OrphanFilter {
  JobId job;
  std::optional<Uid> owner;
  std::optional<StepId> step;      // only its processes: by SLURM_STEP_ID in their environment
  std::string node;                // not empty: by SLURMD_NODENAME too, where one host is several nodes
  std::vector<pid_t> spared;       // never found: processes of ours that are not the step's
  std::uint64_t started_from = 0;  // clock ticks since boot: older processes are not this job's
  bool outside_steps = false;      // leaves out what is below a slurmstepd of ours, or a Prolog's
};

std::uint64_t start_time_or_0(pid_t pid);    // 0: there is no such process
bool is_alive(const FoundProcess& process);  // the very same one, and not a zombie

// Rising by pid; never the caller itself. Ended processes that wait for their parent are not found.
std::vector<FoundProcess> find_job_processes(const OrphanFilter& filter);

// The text of a file of /proc; empty when the process has gone, which it may at any moment of the read.
std::string proc_file(const std::string& path);

// Children of the caller and theirs. With PR_SET_CHILD_SUBREAPER these are all that it ever started, disguised or not,
// for who loses its parent becomes the caller's child.
std::vector<FoundProcess> find_descendants();

// The same with zombies: each after its parent.
std::vector<pid_t> descendant_pids();

// False: it had ended, or its pid is another process by now.
Result<bool> signal_process(const FoundProcess& process, int signal);

}  // namespace slurmxx
