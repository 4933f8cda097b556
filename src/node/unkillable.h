// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What is said of processes that SIGKILL did not end within UnkillableStepTimeout: their node is drained for it.
#pragma once

#include <string>
#include <vector>

#include "wire/stepd_messages.h"

namespace slurmxx {

// "pid 4711 (dd) in state D at io_schedule < folio_wait_bit", the first few of them.
std::string survivors_text(const std::vector<Survivor>& survivors);

// The reason for the drain: "Kill task failed: 5.0: pid ..."; empty: nothing survived.
std::string fault_of(const StepKey& step, const StepEnd& end);

}  // namespace slurmxx
