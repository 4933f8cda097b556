// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Records and messages as words of the trace.
#pragma once

#include <string>

#include "base/result.h"
#include "state/event.h"
#include "wire/client_messages.h"
#include "wire/node_messages.h"

namespace slurmxx::sim {

std::string name_of(const Incarnation& life);  // "12.0"
std::string name_of(const StepKey& key);       // "12.0:batch"
std::string name_of(const Record& record);
std::string name_of(const NodeReport& report);
std::string name_of(const NodeOrder& order);
std::string name_of(const ClientRequest& request);

}  // namespace slurmxx::sim
