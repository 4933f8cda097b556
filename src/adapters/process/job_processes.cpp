// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/process/job_processes.h"

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "adapters/process/orphans.h"

namespace slurmxx {
namespace {

std::string variable(const std::string& environment, std::string_view name, const char* otherwise) {
  for (std::size_t at = 0; at < environment.size();) {
    const std::string_view entry(environment.c_str() + at);
    if (entry.starts_with(name) && entry.size() > name.size() && entry[name.size()] == '=')
      return std::string(entry.substr(name.size() + 1));
    at += entry.size() + 1;
  }
  return otherwise;
}

}  // namespace

std::vector<JobProcess> job_processes(const std::string& cluster) {
  std::vector<JobProcess> found;
  std::error_code error;
  for (std::filesystem::directory_iterator it("/proc", error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name.empty() || !std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; })) continue;
    const std::string environment = proc_file("/proc/" + name + "/environ");
    const std::string job = variable(environment, "SLURM_JOB_ID", "");
    // Without this it is no process of ours: srun and salloc have the job's number too, on their own hosts.
    const std::string node = variable(environment, "SLURMD_NODENAME", "");
    if (job.empty() || node.empty()) continue;
    // Nodes of several clusters may share a host.
    if (variable(environment, "SLURM_CLUSTER_NAME", cluster.c_str()) != cluster) continue;
    found.push_back({static_cast<pid_t>(std::stol(name)), job, variable(environment, "SLURM_STEP_ID", "batch"),
                     variable(environment, "SLURM_LOCALID", "-"), variable(environment, "SLURM_PROCID", "-"), node,
                     variable(environment, "SLURM_JOB_NODELIST", "")});
  }
  std::sort(found.begin(), found.end(), [](const JobProcess& a, const JobProcess& b) { return a.pid < b.pid; });
  return found;
}

}  // namespace slurmxx
