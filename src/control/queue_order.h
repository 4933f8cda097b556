// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Whether the queue would be taken in another order by other priorities: by tier, priority and number, as plan() does.
#pragma once

#include <vector>

#include "control/priorities.h"

namespace slurmxx {

// `jobs` wait, each with the priority of its own.
bool changes_order(const State& state, const std::vector<const Job*>& jobs, const Priorities& before,
                   const Priorities& after);

}  // namespace slurmxx
