// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What Prolog, Epilog and the programs beside the jobs are told. They run as root: their environment is slurmd's own
// and what is listed here, and nothing of the job's. Variables: slurm.conf(5), "Prolog and Epilog Scripts".
#pragma once

#include <string>

#include "adapters/process/script_chain.h"
#include "core/config/cluster_config.h"
#include "wire/stepd_messages.h"

namespace slurmxx {

struct ScriptPlace {
  const std::string& node_name;
  const std::string& conf_path;
  const ClusterConfig& config;
};

ScriptOrder prolog_order(const LaunchBatch& job, const ScriptPlace& place);
ScriptOrder epilog_order(const LaunchBatch& job, const EndJob& end, const ScriptPlace& place);

// UnkillableStepProgram.
ScriptOrder unkillable_order(const StepKey& step, const StepEnd& end, const ScriptPlace& place);
ScriptOrder health_check_order(const ScriptPlace& place);
inline constexpr const char* reboot_program = "RebootProgram";
ScriptOrder reboot_order(const RebootNode& order, const ScriptPlace& place);

}  // namespace slurmxx
