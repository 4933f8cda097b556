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

std::int64_t links_between(const GresDevice& a, const GresDevice& b) {
  const auto of = [](const GresDevice& one, const GresDevice& other) {
    return other.index < one.links.size() ? std::max(0, one.links[other.index]) : 0;
  };
  return std::max(of(a, b), of(b, a));
}

using Devices = std::vector<const GresDevice*>;

// Grown from `first` by the device with the most links to those taken; then the links among all of them.
std::pair<Devices, std::int64_t> grown(Devices first, const Devices& offered, std::size_t count) {
  std::int64_t sum = 0;
  Devices taken;
  for (const GresDevice* one : first) {
    for (const GresDevice* other : taken) sum += links_between(*one, *other);
    taken.push_back(one);
  }
  while (taken.size() < count) {
    const GresDevice* best = nullptr;
    std::int64_t most = -1;
    for (const GresDevice* one : offered) {
      if (std::ranges::find(taken, one) != taken.end()) continue;
      std::int64_t links = 0;
      for (const GresDevice* other : taken) links += links_between(*one, *other);
      if (links > most) most = links, best = one;
    }
    sum += most;
    taken.push_back(best);
  }
  return {std::move(taken), sum};
}

// The first `near` are near to free cores, and as many of them are taken as can be; of these rather such as have many
// links to one another (gres.conf(5) Links), then those that come first.
Devices by_links(const Devices& devices, std::size_t near, std::size_t count) {
  const auto has_links = [](const GresDevice* device) { return !device->links.empty(); };
  const auto split = devices.begin() + static_cast<std::ptrdiff_t>(near);
  if (count < 2 || count >= devices.size() || std::ranges::none_of(devices, has_links))
    return {devices.begin(), devices.begin() + static_cast<std::ptrdiff_t>(std::min(count, devices.size()))};
  const Devices kept = near < count ? Devices(devices.begin(), split) : Devices();
  const Devices offered = near < count ? Devices(split, devices.end()) : Devices(devices.begin(), split);
  std::pair<Devices, std::int64_t> best{{}, -1};
  for (const GresDevice* seed : offered) {
    Devices first = kept;
    first.push_back(seed);
    auto other = grown(std::move(first), offered, count);
    if (other.second > best.second) best = std::move(other);
  }
  return best.first;
}

// `count` devices of a pool.
GresShare devices_of(const GresChoice& from, const GresPool& pool, std::uint64_t count, const CoreFree& core_free) {
  Devices devices;
  for (const GresDevice& device : pool.devices)
    if (is_free(from, pool, device)) devices.push_back(&device);
  const auto far = std::stable_partition(devices.begin(), devices.end(),
                                         [&](const GresDevice* device) { return is_near(*device, core_free); });
  SLURMXX_CHECK(devices.size() >= count);
  GresShare share{pool.name, pool.type, count, {}, {}};
  for (const GresDevice* device : by_links(devices, static_cast<std::size_t>(far - devices.begin()), count))
    share.indexes.push_back(device->index);
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

namespace {

// All parts of the devices that no one has.
GresShare all_parts_of(const GresChoice& from, const GresPool& pool) {
  GresShare share{pool.name, pool.type, 0, {}, {}};
  for (const GresDevice& device : pool.devices) {
    if (!is_free(from, pool, device)) continue;
    share.indexes.push_back(device.index);
    share.counts.push_back(device.count);
    share.count += device.count;
  }
  return share;
}

}  // namespace

std::vector<GresShare> choose_all_gres(const GresChoice& from, const GresDemand* demand) {
  std::vector<GresShare> all;
  const auto in_parts = [&](const GresPool& pool) {
    return pool.is_shared() && !pool.devices.empty() && demand && is_asked(pool, *demand);
  };
  const bool parts = std::ranges::any_of(from.pools, in_parts);
  for (const GresPool& pool : from.pools) {
    if (in_parts(pool)) {
      if (GresShare share = all_parts_of(from, pool); share.count > 0) all.push_back(std::move(share));
      continue;
    }
    if (pool.is_shared() || (parts && pool.name == "gpu")) continue;
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
