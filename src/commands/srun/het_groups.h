// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The parts of an srun over components of a heterogeneous job: lone ":" between them, --het-group, and what the job's
// environment says of one component. Text alone; Slurm's "Heterogeneous Job Support".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/options.h"

namespace slurmxx {

// Wherever one stands by itself, behind a program too: no argument of a program can be ":".
std::vector<std::vector<std::string>> split_at_colons(const std::vector<std::string>& words);

// "0,2-3": rising, each once. Error: "Invalid --het-group value: x".
Result<std::vector<std::uint32_t>> parse_het_groups(std::string_view text);

// Within a heterogeneous job: with the variables of that component (NAME_HET_GROUP_n) under their plain names. The
// job's id stays. Elsewhere: as it is.
Environment component_environment(const Environment& caller, std::uint32_t group);

}  // namespace slurmxx
