// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Devices and cores that go together: --gres-flags=enforce-binding (a job has no core that is not near to one of its
// devices, and no device that is not near to one of its cores) and --gpus-per-socket (so many on each of its sockets).
// A room answers for nodes whose units are counted one by one (FreeRoom::loads) and whose pools are split by cores;
// elsewhere no core is near any device, and all will do. Rules: sbatch(1), gres.conf(5) Cores.
#pragma once

#include <optional>
#include <vector>

#include "core/place/core_choice.h"
#include "core/place/node_room.h"

namespace slurmxx {

// Of each pool whose devices have cores one for each set of them, with the same name and type.
GresPools split_by_cores(const GresPools& pools);
bool have_cores(const GresPools& pools);

// What a job takes: slots of the room's pools, and units (rising), near to them.
struct BoundTake {
  GresSlots slots;
  std::vector<std::uint32_t> units;
};

bool is_bound(const GresDemand& demand, const NodeRoom& room);
// Of a room that covers the need and has so many units; none: not near to one another.
std::optional<BoundTake> take_bound(const GresDemand& demand, const NodeRoom& room, const RoomNeed& need,
                                    const CoreChoice& choice);

}  // namespace slurmxx
