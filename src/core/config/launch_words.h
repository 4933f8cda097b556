// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The words of PrologFlags and HealthCheckNodeState -> what they ask for, with all that they imply. slurm.conf(5).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "core/config/settings.h"

namespace slurmxx {

// Errors say what is wanted, without the key.
Result<PrologFlags> parse_prolog_flags(std::string_view words);
std::string prolog_flags_text(const PrologFlags& flags);  // "Alloc,Contain"

Result<HealthCheckStates> parse_health_check_states(std::string_view words);

}  // namespace slurmxx
