// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// --time-min: backfill may give a job less than its time limit, never less than that, if it starts sooner so.
#pragma once

#include <optional>
#include <variant>

#include "core/schedule/search.h"

namespace slurmxx {

// Nothing: it wants all of its time limit.
std::optional<Search::Request> with_least_limit(const Search::Request& request);

// Starts a job that got no room as it is with as many minutes as there are now, if those will do: `found` and the
// length of `request` are then of that. Nothing: it does not go.
std::optional<TimeLimit> start_shortened(Search& search, Search::Request& request, Moment horizon,
                                         std::variant<Allocation, std::optional<Slot>>& found);

}  // namespace slurmxx
