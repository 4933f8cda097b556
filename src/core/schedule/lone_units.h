// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Units of the network (blocks, leaf switches) that a job has to itself: --exclusive=topo, ExclusiveTopo. Nobody else
// is on any of their nodes while it runs, whatever it has of them itself.
#pragma once

#include <string>
#include <vector>

#include "core/place/node_space.h"
#include "core/preempt/victims.h"
#include "core/schedule/calendar.h"
#include "core/schedule/view.h"

namespace slurmxx {

// All nodes of the units that these are in, rising; a node in none is one by itself. Of a divided node all parts.
std::vector<NodeIndex> units_of(const ClusterView& view, const Topology& topology, const std::vector<NodeIndex>& nodes);

std::vector<NodeIndex> nodes_of(const std::vector<Booking>& bookings);
// Those that it runs on or has still to clear.
std::vector<NodeIndex> nodes_held(const Job& job);
// Those of its units, if it has them to itself. Who is suspended has them no more, but wants them back.
std::vector<NodeIndex> units_held(const ClusterView& view, const Job& job);
bool may_hold_units(const ClusterView& view, const Job& job);  // cheaper: false is an answer

// What it takes of every node there. Nothing stays of it when it is suspended.
inline RoomTake take_of_unit() { return {0, {}, true}; }

bool is_unit_free(const ClusterView& view, const Topology& topology, const std::vector<NodeSpace>& spaces,
                  NodeIndex node);

// Whether a job that stands aside finds nobody in units that are to be its own, nor is itself in somebody else's.
bool has_its_units(const ClusterView& view, const Job& job);

// Units of these nodes that others are in: their names, as a hostlist.
std::string taken_units(const ClusterView& view, const Topology& topology, const std::vector<NodeSpace>& spaces,
                        const std::vector<NodeIndex>& nodes);

}  // namespace slurmxx
