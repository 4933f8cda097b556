// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The binding of a step's tasks on this machine: what core/launch/task_binding.h computes, cut to the CPUs there are.
#pragma once

#include <optional>
#include <string>

#include "adapters/process/launcher.h"
#include "core/launch/task_binding.h"
#include "wire/node_messages.h"

namespace slurmxx {

struct StepBinding {
  CpuBinding cpu;
  MemBinding memory;
};

// nullopt: the cluster binds no tasks. Error: why what was asked for cannot be had.
Result<std::optional<StepBinding>> bind_step(const LaunchStep& order, std::uint32_t tasks);

// Adds to the launch of local task `task`; returns whether CPUs that were asked for are not there.
bool bind_task(const StepBinding& binding, std::uint32_t task, LaunchRequest& request);

// What --cpu-bind=verbose and --mem-bind=verbose print, with newlines; empty: nothing.
std::string binding_text(const StepBinding& binding, const BoundTask& task);

// A batch script runs on the job's CPUs.
void bind_batch(const LaunchBatch& order, LaunchRequest& request);

}  // namespace slurmxx
