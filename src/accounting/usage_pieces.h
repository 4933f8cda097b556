// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Where the usage of a window of time is read from: whole months, days and hours that are rolled up, and the rows of
// jobs for the rest. Every second of the window is in one piece.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "base/units.h"

namespace slurmxx {

struct UsagePiece {
  enum class From : std::uint8_t { rows, hours, days, months };
  From source = From::rows;
  Instant from, to;
  bool operator==(const UsagePiece&) const = default;
};

// `rolled`: every hour before it but the touched ones is rolled up.
std::vector<UsagePiece> pieces_of(Instant from, Instant to, std::optional<Instant> rolled,
                                  const std::set<Instant>& touched);

}  // namespace slurmxx
