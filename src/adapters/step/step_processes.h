// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// All processes of one step on this node, without cgroups: those in the sessions of its tasks, and those that left
// them but still carry the step in their environment (adapters/process/orphans.h). Each gets a signal once.
#pragma once

#include <span>

#include "adapters/process/orphans.h"

namespace slurmxx {

// The leaders are the step's own, not reaped yet.
void signal_step(const OrphanFilter& step, std::span<const pid_t> leaders, int signal);

// Whether anything else of the task's session or process group runs, which `leader` begun and may have left.
bool has_children(const OrphanFilter& step, pid_t leader);

// SIGKILL to what is found in the environment until nothing is, but at most ten times. Returns whether nothing is left.
bool kill_leftovers(const OrphanFilter& step);

}  // namespace slurmxx
