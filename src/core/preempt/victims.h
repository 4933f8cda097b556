// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Of jobs that may be preempted, those whose going makes room for one that waits: none that it does not need, rather of
// a low tier or QOS and priority than of a high one, and rather few than many. Pure; slurm.conf(5) PreemptParameters.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "core/place/place.h"
#include "core/preempt/rules.h"

namespace slurmxx {

struct MayGo {
  const Job* job = nullptr;
  std::vector<JobId> others = {};  // of a heterogeneous job: its other components, which go with it
  PreemptMode mode = PreemptMode::cancel;
  std::int64_t level = 0;
  std::uint32_t priority = 0;
  bool gone = false;  // it was told to go before
  struct Share {
    std::size_t room = 0;  // place in the question's rooms
    RoomTake now;
    std::optional<RoomTake> after = {};  // what it keeps when it has gone: of one that is suspended
  };
  std::vector<Share> shares;
};

inline bool is_unused(const FreeRoom& room) { return room.jobs == 0 && !room.closed; }
// By number of a unit: somebody is in one of its places.
std::vector<bool> taken_units(const std::vector<std::size_t>& unit_of,
                              const std::function<const FreeRoom*(std::size_t)>& free);

// Rather the first than the other, if one of them will do.
bool goes_before(const MayGo& a, const MayGo& b, const PreemptTuning& tuning);

struct RoomQuestion {
  const Demand* demand = nullptr;
  std::vector<NodeRoom> rooms;            // as they would be without those that may go
  std::size_t required = 0;               // the first of them are all taken
  const Topology* topology = nullptr;     // as Offer has it
  std::vector<std::uint64_t> marks = {};  // as well, beside rooms
  // Of a job that wants units of the network to itself: the unit of each room, by number. It only gets rooms of units
  // where nobody is left, and some rooms are there for that alone (not available). Empty: it does not matter.
  std::vector<std::size_t> unit_of = {};
  std::vector<MayGo> jobs;
  PreemptTuning tuning;
};

struct RoomMade {
  std::vector<std::size_t> going;  // places in the question's jobs, rising; empty: there is room without that
  std::vector<NodeRoom> rooms;     // when they have gone
  std::vector<Chosen> nodes;       // places in rooms
};

// None: not even if all of them went.
std::optional<RoomMade> make_room(const RoomQuestion& question);

}  // namespace slurmxx
