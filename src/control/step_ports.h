// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Which ports a new step gets (core/launch/reserved_ports.h): what steps that run on its nodes do not have.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "control/controller.h"
#include "control/steps.h"

namespace slurmxx {

struct PortQuestion {
  const StepRequest& request;
  const StepPlan& plan;
};
// Without --resv-ports one more than the tasks of the fullest node, where there are so many. Empty: none. Nothing: the
// step waits for others to give some back. Error: there will never be so many.
Result<std::optional<std::string>> ports_for_step(const ClusterConfig& config, const PortQuestion& question,
                                                  std::span<const Job* const> active);

// SLURM_STEP_RESV_PORTS; that of a step that this one was called in is not its own.
void tell_ports(const std::string& ports, std::vector<std::string>& environment);

}  // namespace slurmxx
