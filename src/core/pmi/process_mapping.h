// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// PMI_process_mapping: which rank is on which node, as MPICH reads it:
// "(vector,(FIRST_NODE,NODES,RANKS_PER_NODE),...)". Ranks 0, 1, ... go to the blocks one after the other.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace slurmxx {

// node_of_rank[r]: the node's place in the step.
std::string process_mapping(std::span<const std::uint32_t> node_of_rank);

// task_count and task_ids as in a StepLayout. Empty when they do not fit each other.
std::vector<std::uint32_t> node_of_rank(std::span<const std::uint32_t> task_count,
                                        std::span<const std::uint32_t> task_ids);

}  // namespace slurmxx
