// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The components of a heterogeneous job: options with a lone ":" between them, or sections of a script behind the word
// "hetjob". Which options carry over from one component to the next: Slurm's "Heterogeneous Job Support".
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "cli/job_options.h"

namespace slurmxx {

// What a component begins with: of the one before, all but what says where it runs and how large it is.
JobOptions next_component(const JobOptions& before);

// Options stand before the first operand. `operands_of` says what remains of some words when their options are taken.
using OperandsOf = std::function<std::vector<std::string>(const std::vector<std::string>& words)>;
// The words of each component, without the separators; the last has the operands that are left. Never empty.
std::vector<std::vector<std::string>> split_components(std::vector<std::string> words, const OperandsOf& operands_of,
                                                       std::span<const std::string_view> separators);

}  // namespace slurmxx
