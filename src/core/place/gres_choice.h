// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Which devices of a node the numbers of gres_room.h stand for: those near free cores first, of these those that have
// many links to one another, then those of lower indexes. Pure; gres.conf(5) Cores, Links.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "core/place/gres_room.h"

namespace slurmxx {

using CoreFree = std::function<bool(std::uint32_t core)>;

struct GresChoice {
  const GresPools& pools;
  std::span<const GresShare> used;
};

// `slots`: as slots_for() gives them for the demand, out of what is free beside `used`. Pools that are not consumed and
// are asked for have a share of nothing.
std::vector<GresShare> choose_gres(const GresChoice& from, const GresSlots& slots, const GresDemand& demand,
                                   const CoreFree& core_free);
// What is free; a gpu rather than its parts, unless these are asked for.
std::vector<GresShare> choose_all_gres(const GresChoice& from, const GresDemand* demand = nullptr);

IndexSet cores_near(const GresPools& pools, std::span<const GresShare> shares);  // empty: no core is nearer

}  // namespace slurmxx
