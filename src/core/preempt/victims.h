// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Of jobs that may be preempted, those whose going makes room for one that waits: none that it does not need, rather of
// a low tier or QOS and priority than of a high one, and rather few than many. Pure; slurm.conf(5) PreemptParameters.
#pragma once

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
    RoomTake after;  // what a job that is suspended keeps
  };
  std::vector<Share> shares;
};

// Rather the first than the other, if one of them will do.
bool goes_before(const MayGo& a, const MayGo& b, const PreemptTuning& tuning);

struct RoomQuestion {
  const Demand* demand = nullptr;
  std::vector<NodeRoom> rooms;  // as they would be without those that may go
  std::size_t required = 0;     // the first of them are all taken
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
