// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What jobs hold of a node's GRES, added up. Nothing is given out twice: gres_are_free() is asked before add_gres().
#pragma once

#include <span>
#include <vector>

#include "core/model/gres.h"

namespace slurmxx {

// `use` has one share of each pool that anything is taken of.
void add_gres(std::vector<GresShare>& use, std::span<const GresShare> shares);
void subtract_gres(std::vector<GresShare>& use, std::span<const GresShare> shares);  // CHECKs that they are there

const GresPool* find_pool(const std::vector<GresPool>& pools, std::string_view name, std::string_view type);
const GresShare* find_share(std::span<const GresShare> shares, std::string_view name, std::string_view type);

// Whether the shares are of the pools, and no job has them: neither the device nor, of a gpu, a part of it.
bool gres_are_free(const std::vector<GresPool>& pools, const std::vector<GresShare>& use,
                   std::span<const GresShare> shares);

// Of device `index` of a shared resource.
std::uint64_t taken_on(const GresShare& share, std::uint32_t index);

// Devices of gpus may be given out whole or in parts (shard, mps), not both.
bool taken_otherwise(std::span<const GresShare> use, const GresPool& pool, std::uint32_t index);

}  // namespace slurmxx
