// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What a node tells the tasks of a step of its gpus.
#pragma once

#include <string>
#include <vector>

#include "core/launch/task_environment.h"
#include "wire/step_messages.h"

namespace slurmxx {

// `variables`: StepdLaunch::gpu_variables; `tasks`: on this node.
StepGpus gpus_of_step(const LaunchStep& order, std::vector<std::string> variables, std::uint32_t tasks);

}  // namespace slurmxx
