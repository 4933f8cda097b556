// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A job that limits do not let have what was found for it may have other nodes or less of each (MaxTRESPerNode), or
// fewer of them, where it asks for a range.
#pragma once

#include "core/schedule/plan_entry.h"
#include "core/schedule/search.h"

namespace slurmxx {

// Takes the room now, if there is some; else `placed` stays as it is.
void place_within_limits(Search& search, const ClusterView& view, const Search::Request& request, PlacedJob& placed);

}  // namespace slurmxx
