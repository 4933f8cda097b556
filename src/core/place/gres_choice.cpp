// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/place/gres_choice.h"

#include <algorithm>

#include "base/check.h"
#include "core/model/gres_use.h"
#include "core/place/gres_kind.h"

namespace slurmxx {
namespace {

bool is_near(const GresDevice& device, const CoreFree& core_free) {
  bool near = device.cores.empty();
  device.cores.for_each([&](std::uint32_t core) {
    near = core_free(core);
    return !near;
  });
  return near;
}

bool is_free(const GresChoice& from, const GresPool& pool, const GresDevice& device) {
  const GresShare* used = find_share(from.used, pool.name, pool.type);
  return !taken_otherwise(from.used, pool, device.index) && !(used && taken_on(*used, device.index) > 0);
}

// `count` devices of a pool.
GresShare devices_of(const GresChoice& from, const GresPool& pool, std::uint64_t count, const CoreFree& core_free) {
  std::vector<const GresDevice*> devices;
  for (const GresDevice& device : pool.devices)
    if (is_free(from, pool, device)) devices.push_back(&device);
  std::stable_partition(devices.begin(), devices.end(),
                        [&](const GresDevice* device) { return is_near(*device, core_free); });
  SLURMXX_CHECK(devices.size() >= count);
  GresShare share{pool.name, pool.type, count, {}, {}};
  for (std::size_t i = 0; i < count; ++i) share.indexes.push_back(devices[i]->index);
  std::ranges::sort(share.indexes);
  return share;
}

bool is_asked(const GresPool& pool, const GresDemand& demand) {
  const auto is_it = [&](const GresRequest& kind) { return is_of(pool, kind); };
  return std::ranges::any_of(demand.per_job, is_it) || std::ranges::any_of(demand.per_node, is_it) ||
         std::ranges::any_of(demand.per_task, is_it);
}

}  // namespace

std::vector<GresShare> choose_gres(const GresChoice& from, const GresSlots& slots, const GresDemand& demand,
                                   const CoreFree& core_free) {
  std::vector<GresShare> chosen;
  const std::vector<GresSlot> places = slot_places(from.pools);
  for (std::size_t i = 0; i < std::min(places.size(), slots.size()); ++i) {
    const GresPool& pool = from.pools[places[i].pool];
    if (!is_asked(pool, demand)) continue;  // closed by a part, or the gpu of a part
    if (!pool.consumed) {
      chosen.push_back({pool.name, pool.type, 0, {}, {}});
    } else if (slots[i] == 0) {
      continue;
    } else if (places[i].device) {
      GresShare share{pool.name, pool.type, slots[i], {pool.devices[*places[i].device].index}, {}};
      if (pool.is_shared()) share.counts = {slots[i]};
      add_gres(chosen, std::vector{std::move(share)});
    } else if (pool.devices.empty()) {
      chosen.push_back({pool.name, pool.type, slots[i], {}, {}});
    } else {
      add_gres(chosen, std::vector{devices_of(from, pool, slots[i], core_free)});
    }
  }
  return chosen;
}

std::vector<GresShare> choose_all_gres(const GresChoice& from) {
  std::vector<GresShare> all;
  for (const GresPool& pool : from.pools) {
    if (pool.is_shared()) continue;
    const GresShare* used = find_share(from.used, pool.name, pool.type);
    GresShare share{pool.name, pool.type, 0, {}, {}};
    if (pool.consumed && pool.devices.empty()) share.count = pool.count - std::min(pool.count, used ? used->count : 0);
    for (const GresDevice& device : pool.devices)
      if (is_free(from, pool, device)) share.indexes.push_back(device.index);
    if (!pool.devices.empty()) share.count = share.indexes.size();
    if (share.count > 0 || !pool.consumed) all.push_back(std::move(share));
  }
  return all;
}

IndexSet cores_near(const GresPools& pools, std::span<const GresShare> shares) {
  std::vector<IndexSet::Range> ranges;
  for (const GresShare& share : shares) {
    const GresPool* pool = find_pool(pools, share.name, share.type);
    SLURMXX_CHECK(pool);
    for (const GresDevice& device : pool->devices)
      if (std::ranges::binary_search(share.indexes, device.index))
        ranges.insert(ranges.end(), device.cores.ranges().begin(), device.cores.ranges().end());
  }
  return ranges.empty() ? IndexSet() : IndexSet(std::move(ranges));
}

}  // namespace slurmxx
