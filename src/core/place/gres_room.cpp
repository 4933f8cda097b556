// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/place/gres_room.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/check.h"
#include "core/model/gres_use.h"
#include "core/place/gres_kind.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr std::uint64_t count_max = std::uint64_t{1} << 40U;  // more than any node has; sums of them do not wrap

std::uint64_t product(std::uint64_t count, std::uint64_t times) {
  return times > 0 && count > count_max / times ? count_max : count * times;
}

GresNeed list_of(const std::string& text) {
  auto list = parse_gres_request(text);
  if (!list) return {};
  for (GresRequest& kind : *list) kind.count = std::min(kind.count, count_max);
  return std::move(*list);
}

void add(GresNeed& need, const GresRequest& kind, std::uint64_t count) {
  if (count == 0) return;
  for (GresRequest& known : need) {
    if (known.name != kind.name || known.type != kind.type) continue;
    known.count += count;
    return;
  }
  need.push_back({kind.name, kind.type, count, kind.pieces});
}

bool has_parts(const GresPools& pools) {
  return std::ranges::any_of(pools, [](const GresPool& pool) { return pool.is_shared() && !pool.devices.empty(); });
}

// Given out device by device.
bool by_device(const GresPool& pool, bool parts) {
  return parts && !pool.devices.empty() && (pool.name == "gpu" || pool.is_shared());
}

// use(slot number, pool, device or null)
template <class Use>
void for_each_slot(const GresPools& pools, Use use) {
  const bool parts = has_parts(pools);
  std::size_t slot = 0;
  for (const GresPool& pool : pools) {
    if (!by_device(pool, parts)) {
      use(slot++, pool, static_cast<const GresDevice*>(nullptr));
      continue;
    }
    for (const GresDevice& device : pool.devices) use(slot++, pool, &device);
  }
}

// Slots of the other kind on the same device.
void close_others(const GresPools& pools, const GresPool& own, std::uint32_t index, GresSlots& taken) {
  for_each_slot(pools, [&](std::size_t slot, const GresPool& pool, const GresDevice* device) {
    if (device && device->index == index && pool.name != own.name) taken[slot] = device->count;
  });
}

// A pool may be one of several of its name and type, each with some of the devices.
std::uint64_t count_of(const GresShare& share, const GresPool& pool) {
  if (share.indexes.empty() || pool.devices.empty()) return share.count;
  return static_cast<std::uint64_t>(std::ranges::count_if(
      pool.devices, [&](const GresDevice& device) { return std::ranges::binary_search(share.indexes, device.index); }));
}

struct Taking {
  const GresPools& pools;
  const GresSlots& free;
  GresSlots taken;
};

bool lies_on_devices(const GresPools& pools, const GresRequest& kind) {
  return std::ranges::any_of(
      pools, [&](const GresPool& pool) { return is_of(pool, kind) && pool.is_shared() && !pool.devices.empty(); });
}

// Parts of devices: so many equal ones, each on a device of its own, or (0) as much of each as it has.
void take_parts(Taking& taking, const GresRequest& kind, bool least_loaded) {
  std::vector<std::size_t> slots;
  for_each_slot(taking.pools, [&](std::size_t slot, const GresPool& pool, const GresDevice*) {
    if (is_of(pool, kind)) slots.push_back(slot);
  });
  const auto here = [&](std::size_t slot) {
    return taking.free[slot] - std::min(taking.free[slot], taking.taken[slot]);
  };
  if (least_loaded) std::ranges::stable_sort(slots, [&](auto a, auto b) { return here(a) > here(b); });
  std::uint64_t left = kind.count;
  for (const std::size_t slot : slots) {
    const std::uint64_t part = kind.pieces == 0 ? std::min(left, here(slot)) : kind.piece();
    if (left < part || part == 0 || here(slot) < part) continue;
    take_of_slot(taking.pools, slot, part, taking.taken);
    left -= part;
  }
  SLURMXX_CHECK(left == 0);
}

void take_kind(Taking& taking, const GresRequest& kind) {
  std::uint64_t left = kind.count;
  for_each_slot(taking.pools, [&](std::size_t slot, const GresPool& pool, const GresDevice* device) {
    if (left == 0 || !is_of(pool, kind)) return;
    const std::uint64_t here = taking.free[slot] - std::min(taking.free[slot], taking.taken[slot]);
    if (!pool.consumed) {
      left = 0;
      return;
    }
    const std::uint64_t count = std::min(left, here);
    taking.taken[slot] += count;
    left -= count;
    if (device && count > 0) close_others(taking.pools, pool, device->index, taking.taken);
  });
  SLURMXX_CHECK(left == 0);
}

}  // namespace

std::string GresDemand::key() const {
  if (empty()) return "";
  std::string text;
  for (const GresNeed* need : {&per_job, &per_node, &per_task}) text += gres_text(*need) + ";";
  if (tasks_per_gpu > 0) text += std::to_string(tasks_per_gpu) + "/";
  if (task_by_device) text += "#";
  if (binds()) text += gres_text(per_socket) + fmt::format("@{}{}", sockets, enforce_binding ? "!" : "");
  return text + std::to_string(cpus_per_gpu) + ";" + (memory_per_gpu ? std::to_string(memory_per_gpu->value) : "");
}

namespace {

void apply_flags(const std::string& text, const GresPolicies& policies, GresDemand& demand) {
  const auto flags = split_commas(text);
  const auto says = [&](std::string_view flag) { return std::ranges::find(flags, flag) != flags.end(); };
  demand.enforce_binding =
      (says("enforce-binding") || (policies.enforce_binding && !says("disable-binding"))) && !demand.empty();
  demand.task_by_device =
      says("one-task-per-sharing") || (policies.task_by_device && !says("multiple-tasks-per-sharing"));
  demand.least_loaded = policies.least_loaded;
  for (GresNeed* need : {&demand.per_job, &demand.per_node, &demand.per_task})
    for (GresRequest& kind : *need) kind.pieces = policies.several_shared ? 0 : 1;
}

std::set<std::string> gpu_types(const GresNeed& need) {
  std::set<std::string> types;
  for (const GresRequest& kind : need)
    if (kind.name == "gpu") types.insert(kind.type);
  return types;
}

void drop_gpus(GresNeed& need) {
  std::erase_if(need, [](const GresRequest& kind) { return kind.name == "gpu"; });
}

// Gpus of the job beside those of its tasks or nodes only say how many tasks or nodes there are; those of a node beside
// those of the tasks, how many tasks it has.
void count_gpus_once(GresDemand& demand) {
  const std::uint64_t of_task = gpus_in(demand.per_task), of_node = gpus_in(demand.per_node);
  const bool of_one_kind = demand.sockets == 0 || gpu_types(demand.per_task) == gpu_types(demand.per_socket);
  if (of_task > 0 && of_node > 0 && of_one_kind) {
    demand.tasks_per_node = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(of_node / of_task, 1, UINT32_MAX));
    drop_gpus(demand.sockets == 0 ? demand.per_node : demand.per_task);
  }
  if (of_task + of_node > 0) drop_gpus(demand.per_job);
}

}  // namespace

GresDemand gres_demand_of(const ResourceRequest& request, const GpuDefaults& defaults, const GresPolicies& policies) {
  const GresOptions& asked = request.gres;
  GresDemand demand;
  demand.per_job = list_of(asked.per_job);
  demand.per_node = list_of(asked.per_node);
  demand.per_task = list_of(asked.per_task);
  demand.per_socket = list_of(asked.per_socket);
  if (!demand.per_socket.empty()) demand.sockets = request.sockets_per_node.value_or(1);
  if (const std::uint64_t gpus = gpus_in(demand.per_socket); gpus > 0 && gpus_in(demand.per_node) >= gpus)
    demand.sockets = static_cast<std::uint32_t>(gpus_in(demand.per_node) / gpus);
  else
    for (const GresRequest& kind : demand.per_socket) add(demand.per_node, kind, product(kind.count, demand.sockets));
  apply_flags(asked.flags, policies, demand);
  count_gpus_once(demand);
  if (gpus_in(demand.per_job) + gpus_in(demand.per_node) + gpus_in(demand.per_task) == 0) return demand;
  demand.cpus_per_gpu = asked.cpus_per_gpu.value_or(request.cpus_per_task_set ? 0 : defaults.cpus.value_or(0));
  if (gpus_in(demand.per_task) == 0) demand.tasks_per_gpu = asked.tasks_per_gpu.value_or(0);
  demand.memory_per_gpu = asked.memory_per_gpu;
  if (!demand.memory_per_gpu && !request.memory_per_node && !request.memory_per_cpu)
    demand.memory_per_gpu = defaults.memory;
  return demand;
}

TresCounts requested_gres(const ResourceRequest& request, std::uint64_t nodes) {
  TresCounts counts;
  const auto add = [&](const std::string& text, std::uint64_t times) {
    GresNeed list = list_of(text);
    if (counts["gres/gpu"] > 0) drop_gpus(list);
    for (GresRequest& kind : list) kind.count = product(kind.count, times);
    counts.add(gres_tres(list));
  };
  // Gpus are counted once, of the first that names some.
  const GresOptions& asked = request.gres;
  add(asked.per_job, 1);
  add(asked.per_task, request.tasks);
  add(asked.per_node, nodes);
  add(asked.per_socket, nodes * request.sockets_per_node.value_or(1));
  return counts;
}

JobParts least_parts(const GresDemand& demand) {
  JobParts parts(demand.per_job.size(), 0);
  if (!parts.empty()) parts.front() = 1;
  return parts;
}

GresNeed gres_need(const GresDemand& demand, std::uint32_t tasks, const JobParts& parts) {
  GresNeed need = demand.per_node;
  for (GresRequest kind : demand.per_task) {
    if (demand.task_by_device) kind.pieces = tasks;
    add(need, kind, product(kind.count, tasks));
  }
  for (std::size_t i = 0; i < demand.per_job.size(); ++i) add(need, demand.per_job[i], parts[i]);
  return need;
}

std::uint32_t tasks_on_gpus(const GresDemand& demand, const JobParts& parts) {
  if (demand.tasks_per_gpu == 0) return UINT32_MAX;
  const std::uint64_t gpus = gpus_in(gres_need(demand, 1, parts));
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(gpus * demand.tasks_per_gpu, UINT32_MAX));
}

bool asks_no_more(const GresNeed& less, const GresNeed& more) {
  return std::ranges::all_of(less, [&](const GresRequest& one) {
    return std::ranges::any_of(more, [&](const GresRequest& other) {
      return other.name == one.name && other.type == one.type && other.count >= one.count && other.pieces == one.pieces;
    });
  });
}

std::uint64_t gpus_in(const GresNeed& need) {
  std::uint64_t count = 0;
  for (const GresRequest& kind : need)
    if (kind.name == "gpu") count += kind.count;
  return count;
}

GresSlots gres_slots(const GresPools& pools) {
  GresSlots slots;
  for_each_slot(pools, [&](std::size_t, const GresPool& pool, const GresDevice* device) {
    slots.push_back(device ? device->count : pool.count);
  });
  return slots;
}

GresSlots slots_beside(const GresPools& from, const GresSlots& taken, const GresPools& to) {
  GresSlots beside;
  for_each_slot(to, [&](std::size_t, const GresPool& pool, const GresDevice* device) {
    std::uint64_t count = 0;
    for_each_slot(from, [&](std::size_t slot, const GresPool& other, const GresDevice* its) {
      const bool same = device ? its && device->index == its->index : other.devices == pool.devices;
      if (same && other.name == pool.name && other.type == pool.type && slot < taken.size()) count = taken[slot];
    });
    beside.push_back(count);
  });
  return beside;
}

void take_of_slot(const GresPools& pools, std::size_t slot, std::uint64_t count, GresSlots& taken) {
  taken[slot] += count;
  for_each_slot(pools, [&](std::size_t place, const GresPool& pool, const GresDevice* device) {
    if (place == slot && device) close_others(pools, pool, device->index, taken);
  });
}

GresSlots slots_of(const GresPools& pools, std::span<const GresShare> shares) {
  GresSlots taken(gres_slots(pools).size(), 0);
  for_each_slot(pools, [&](std::size_t slot, const GresPool& pool, const GresDevice* device) {
    const GresShare* share = find_share(shares, pool.name, pool.type);
    if (!share) return;
    if (!device) taken[slot] += count_of(*share, pool);
    if (!device || taken_on(*share, device->index) == 0) return;
    taken[slot] += taken_on(*share, device->index);
    close_others(pools, pool, device->index, taken);
  });
  return taken;
}

void take_slots(GresSlots& free, const GresSlots& taken) {
  for (std::size_t i = 0; i < std::min(free.size(), taken.size()); ++i) free[i] -= std::min(free[i], taken[i]);
}

std::uint64_t gres_free(const GresPools& pools, const GresSlots& free, const GresRequest& kind) {
  std::uint64_t sum = 0;
  std::uint64_t most = 0;
  bool shared = false;
  std::uint64_t pieces = 0;
  for_each_slot(pools, [&](std::size_t slot, const GresPool& pool, const GresDevice* device) {
    if (!is_of(pool, kind) || slot >= free.size()) return;
    shared = shared || (pool.is_shared() && device);
    sum += free[slot];
    most = std::max(most, free[slot]);
    if (free[slot] >= kind.piece()) ++pieces;
  });
  if (!shared || kind.pieces == 0) return sum;
  return kind.pieces > 1 ? std::min<std::uint64_t>(pieces, kind.pieces) * kind.piece() : most;
}

bool gres_cover(const GresPools& pools, const GresSlots& free, const GresNeed& need) {
  for (const GresRequest& kind : need) {
    std::uint64_t wanted = kind.count;
    if (kind.type.empty())  // what others of the same name and a type take away counts against one without
      for (const GresRequest& other : need)
        if (other.name == kind.name && !other.type.empty()) wanted += other.count;
    if (gres_free(pools, free, kind) < wanted) return false;
  }
  return true;
}

JobParts free_for_job(const GresPools& pools, const GresSlots& free, const GresDemand& demand) {
  JobParts parts;
  for (const GresRequest& kind : demand.per_job) {
    std::uint64_t here = std::min(kind.count, gres_free(pools, free, kind));
    for (const GresRequest& other : demand.per_node)
      if (other.name == kind.name && (kind.type.empty() || other.type == kind.type))
        here -= std::min(here, other.count);
    parts.push_back(here);
  }
  return parts;
}

GresSlots slots_for(const GresPools& pools, const GresSlots& free, const GresNeed& need, bool least_loaded) {
  SLURMXX_CHECK(gres_cover(pools, free, need));
  Taking taking{pools, free, GresSlots(free.size(), 0)};
  for (const bool typed : {true, false})  // what these leave is for any
    for (const GresRequest& kind : need)
      if (kind.type.empty() != typed)
        lies_on_devices(pools, kind) ? take_parts(taking, kind, least_loaded) : take_kind(taking, kind);
  return std::move(taking.taken);
}

std::vector<GresSlot> slot_places(const GresPools& pools) {
  std::vector<GresSlot> places;
  for_each_slot(pools, [&](std::size_t, const GresPool& pool, const GresDevice* device) {
    GresSlot slot{static_cast<std::size_t>(&pool - pools.data()), {}};
    if (device) slot.device = static_cast<std::size_t>(device - pool.devices.data());
    places.push_back(slot);
  });
  return places;
}

}  // namespace slurmxx
