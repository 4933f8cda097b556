// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/model/gres_use.h"

#include <algorithm>

#include "base/check.h"

namespace slurmxx {
namespace {

GresShare* find(std::vector<GresShare>& shares, const GresShare& like) {
  const auto found = std::ranges::find_if(
      shares, [&](const GresShare& share) { return share.name == like.name && share.type == like.type; });
  return found == shares.end() ? nullptr : &*found;
}

bool has_index(const GresShare& share, std::uint32_t index) { return std::ranges::binary_search(share.indexes, index); }

void add_index(GresShare& use, std::uint32_t index, std::optional<std::uint64_t> count) {
  const auto place = std::ranges::lower_bound(use.indexes, index);
  const auto at = place - use.indexes.begin();
  const bool there = place != use.indexes.end() && *place == index;
  if (!there) use.indexes.insert(place, index);
  if (!count) return;
  if (!there) use.counts.insert(use.counts.begin() + at, 0);
  use.counts[static_cast<std::size_t>(at)] += *count;
}

void remove_index(GresShare& use, std::uint32_t index, std::optional<std::uint64_t> count) {
  const auto place = std::ranges::lower_bound(use.indexes, index);
  SLURMXX_CHECK(place != use.indexes.end() && *place == index);
  const auto at = place - use.indexes.begin();
  if (count) {
    std::uint64_t& left = use.counts[static_cast<std::size_t>(at)];
    SLURMXX_CHECK(left >= *count);
    left -= *count;
    if (left > 0) return;
    use.counts.erase(use.counts.begin() + at);
  }
  use.indexes.erase(place);
}

std::optional<std::uint64_t> count_at(const GresShare& share, std::size_t i) {
  if (share.counts.empty()) return std::nullopt;
  return share.counts[i];
}

bool device_is_free(const GresPool& pool, std::span<const GresShare> use, std::uint32_t index,
                    std::optional<std::uint64_t> count) {
  const auto device = std::ranges::find_if(pool.devices, [&](const GresDevice& one) { return one.index == index; });
  if (device == pool.devices.end() || taken_otherwise(use, pool, index)) return false;
  const GresShare* used = find_share(use, pool.name, pool.type);
  if (!used) return !count || *count <= device->count;
  if (count) return taken_on(*used, index) + *count <= device->count;
  return !has_index(*used, index);
}

}  // namespace

void add_gres(std::vector<GresShare>& use, std::span<const GresShare> shares) {
  for (const GresShare& share : shares) {
    GresShare* sum = find(use, share);
    if (!sum) {
      use.push_back(share);
      continue;
    }
    sum->count += share.count;
    for (std::size_t i = 0; i < share.indexes.size(); ++i) add_index(*sum, share.indexes[i], count_at(share, i));
  }
}

void subtract_gres(std::vector<GresShare>& use, std::span<const GresShare> shares) {
  for (const GresShare& share : shares) {
    GresShare* sum = find(use, share);
    SLURMXX_CHECK(sum && sum->count >= share.count);
    sum->count -= share.count;
    for (std::size_t i = 0; i < share.indexes.size(); ++i) remove_index(*sum, share.indexes[i], count_at(share, i));
  }
  std::erase_if(use, [](const GresShare& share) { return share.count == 0 && share.indexes.empty(); });
}

const GresPool* find_pool(const std::vector<GresPool>& pools, std::string_view name, std::string_view type) {
  const auto found =
      std::ranges::find_if(pools, [&](const GresPool& pool) { return pool.name == name && pool.type == type; });
  return found == pools.end() ? nullptr : &*found;
}

const GresShare* find_share(std::span<const GresShare> shares, std::string_view name, std::string_view type) {
  const auto found =
      std::ranges::find_if(shares, [&](const GresShare& share) { return share.name == name && share.type == type; });
  return found == shares.end() ? nullptr : &*found;
}

std::uint64_t taken_on(const GresShare& share, std::uint32_t index) {
  const auto place = std::ranges::lower_bound(share.indexes, index);
  if (place == share.indexes.end() || *place != index) return 0;
  if (share.counts.empty()) return 1;
  return share.counts[static_cast<std::size_t>(place - share.indexes.begin())];
}

bool taken_otherwise(std::span<const GresShare> use, const GresPool& pool, std::uint32_t index) {
  const bool parts = pool.is_shared();
  if (!parts && pool.name != "gpu") return false;
  return std::ranges::any_of(use, [&](const GresShare& share) {
    const bool other = parts ? share.name == "gpu" : share.name == "shard" || share.name == "mps";
    return (other || (parts && share.name != pool.name && !share.counts.empty())) && has_index(share, index);
  });
}

bool gres_are_free(const std::vector<GresPool>& pools, const std::vector<GresShare>& use,
                   std::span<const GresShare> shares) {
  for (const GresShare& share : shares) {
    const GresPool* pool = find_pool(pools, share.name, share.type);
    if (!pool) return false;
    if (!pool->consumed) {
      if (share.count != 0 || !share.indexes.empty()) return false;
      continue;
    }
    const GresShare* used = find_share(use, share.name, share.type);
    if ((used ? used->count : 0) + share.count > pool->count) return false;
    if (!share.counts.empty() && share.counts.size() != share.indexes.size()) return false;
    if (pool->is_shared() != !share.counts.empty() && !share.indexes.empty()) return false;
    for (std::size_t i = 0; i < share.indexes.size(); ++i)
      if (!device_is_free(*pool, use, share.indexes[i], count_at(share, i))) return false;
  }
  return true;
}

}  // namespace slurmxx
