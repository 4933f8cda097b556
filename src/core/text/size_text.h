// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Sizes and counts as people type and read them: memory (sbatch(1) --mem), node counts (--nodes), and the scaled
// numbers of squeue, scontrol and AllocTRES. Every step is 1024.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/units.h"

namespace slurmxx {

// Digits and K, M, G or T, any case, with or without B after it; M when there is no letter. 100K is rounded up to 1
// MiB. Zero stays zero: what it means (all memory) is the caller's affair.
Result<MebiBytes> parse_memory(std::string_view text);

// 500M  16000M  62.50G  2T: goes up a unit while the number is at least 1024 and comes out in halves; 0 has no letter.
std::string memory_text(MebiBytes memory);

// The same for a number that counts `unit`: ' ' for ones, or K M G T P.
std::string scaled_text(std::uint64_t number, char unit = ' ');

// Digits and K, M, G, T or P, any case.
Result<std::uint64_t> parse_count(std::string_view text);

struct NodeCountRange {
  std::uint32_t min = 1;
  std::uint32_t max = 1;
  bool operator==(const NodeCountRange&) const = default;
};

// --nodes: 4, 1-4, -4 (as 1-4), 1k. Zero is let through: whether it makes sense is for the controller to say.
Result<NodeCountRange> parse_node_count(std::string_view text);

}  // namespace slurmxx
