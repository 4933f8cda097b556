// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What /proc says of a process that does not end: for a person who must find out why.
#pragma once

#include <vector>

#include "adapters/process/orphans.h"
#include "wire/stepd_messages.h"

namespace slurmxx {

// Its kernel stack if that can be read (root), else where it waits. Of a process that has gone: its pid alone.
Survivor describe_survivor(const FoundProcess& process);
std::vector<Survivor> describe_survivors(const std::vector<FoundProcess>& processes);

bool is_there(const Survivor& survivor);  // the very same process

}  // namespace slurmxx
