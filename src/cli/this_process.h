// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What a submitting program knows of itself: who runs it, where, under which umask and limits. Only main() asks; the
// commands get the answer as a value. The names of --propagate are those of sbatch(1).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/job_request.h"
#include "core/config/cluster_config.h"
#include "core/config/settings.h"

namespace slurmxx {

// Makes the job one of --uid and --gid, if these are given: with the user's groups, the primary one first unless --gid
// says another. Only root and SlurmUser may. Error: the line to show.
Status take_identity(const JobNaming& naming, const std::string& slurm_user, SubmitContext& context);

// `arguments` with the program's name first. default_name, batch and cluster_name are the caller's to fill in.
SubmitContext this_process(const std::vector<std::string>& arguments);

// What slurm.conf says of requests: the cluster's name, GresTypes, AllowSpecResourcesUsage, CpuFreqGovernors.
void take_site(const ClusterConfig& config, SubmitContext& context);

// The limits that `propagate` (--propagate: ALL, NONE or names such as AS,CORE) lets travel with the job.
Result<std::vector<ResourceLimit>> propagated_limits(const std::vector<ResourceLimit>& all,
                                                     const std::optional<std::string>& propagate);

// Without --propagate: what PropagateResourceLimits, or PropagateResourceLimitsExcept, of slurm.conf lets travel.
Result<std::vector<ResourceLimit>> limits_of_site(const std::vector<ResourceLimit>& all, const LaunchSettings& site);

// Signals that end a program end it meanwhile, even if they are blocked. Error: "Unable to open file PATH".
inline constexpr std::size_t script_bytes_max = 16u << 20;  // of a batch script, of a list of names or tasks
Result<std::string> read_whole_file(const std::string& path, std::size_t most = script_bytes_max);
// Waits where it must; ends in silence when the reader went away.
void write_all(int fd, std::string_view bytes);
Result<std::string> read_standard_input(std::size_t most = script_bytes_max);

}  // namespace slurmxx
