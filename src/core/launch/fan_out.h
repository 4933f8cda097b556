// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The tree through which one program speaks to many nodes: it reaches some straight, and through the first of each
// branch those behind it, and so on.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace slurmxx {

inline constexpr std::uint32_t fan_out_width_max = 65533;  // of TreeWidth

// For each of `count` places the one through which it is reached; none: straight. Everybody, the root too, reaches at
// most `width` straight, where those behind the branches do not need more levels than the logarithm of the count.
// Width 0 or 1: all are reached straight.
std::vector<std::optional<std::uint32_t>> fan_out(std::uint32_t count, std::uint32_t width);

}  // namespace slurmxx
