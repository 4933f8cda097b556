// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/place/step_gres.h"

#include <algorithm>

#include "core/model/gres_use.h"

namespace slurmxx {
namespace {

// The part of a node's pool that a job has, as if it were a pool.
GresPool pool_of(const GresShare& share, const Node& node) {
  const GresPool* pool = find_pool(node.gres, share.name, share.type);
  GresPool own{share.name, share.type, share.count, !pool || pool->consumed, {}};
  for (std::size_t i = 0; i < share.indexes.size(); ++i) {
    GresDevice device{share.indexes[i], i < share.counts.size() ? share.counts[i] : 1, {}};
    if (pool)
      for (const GresDevice& one : pool->devices)
        if (one.index == device.index) device.cores = one.cores, device.links = one.links;
    own.devices.push_back(std::move(device));
  }
  if (!own.consumed && pool) own.count = pool->count;
  return own;
}

}  // namespace

StepGres::StepGres(const Job& job, const NodeShare& share, const Node& node) : whole_(share.gres) {
  for (const GresShare& one : share.gres) pools_.push_back(pool_of(one, node));
  const std::uint32_t cores = std::max(1U, node.declared.sockets * node.declared.cores_per_socket);
  threads_per_core_ = std::max(1U, node.declared.cpus / cores);
  for (const Step& step : job.steps)
    for (const NodeShare& other : step.shares)
      if (!step.ended && !step.overlap && step.id.value >= 0 && other.node == share.node) add_gres(used_, other.gres);
}

GresSlots StepGres::free(bool now) const {
  GresSlots free = gres_slots(pools_);
  if (now && !used_.empty()) take_slots(free, slots_of(pools_, used_));
  return free;
}

std::uint32_t StepGres::tasks_that_fit(const GresDemand& demand, std::uint32_t most, bool now) const {
  if (demand.all) return now && !used_.empty() ? 0 : most;
  if (demand.empty()) return most;
  const GresSlots there = free(now);
  const JobParts parts(demand.per_job.size(), 0);
  while (most > 0 && !gres_cover(pools_, there, gres_need(demand, most, parts))) --most;
  return most;
}

std::vector<GresShare> StepGres::choose(const Wish& wish, const std::vector<std::uint32_t>& cpu_ids) const {
  if (wish.demand.all) return whole_;
  if (wish.demand.empty() || pools_.empty()) return {};
  const std::vector<GresShare> used = wish.now ? used_ : std::vector<GresShare>();
  const GresSlots slots = slots_for(pools_, free(wish.now), gres_need(wish.demand, wish.tasks, wish.parts));
  return choose_gres({pools_, used}, slots, wish.demand, [&](std::uint32_t core) {
    return std::any_of(cpu_ids.begin(), cpu_ids.end(),
                       [&](std::uint32_t cpu) { return cpu / threads_per_core_ == core; });
  });
}

// In the order of the indexes.
std::vector<IndexSet> StepGres::cores_of_gpus(const std::vector<GresShare>& shares) const {
  std::vector<const GresDevice*> devices;
  for (const GresShare& share : shares)
    for (const GresPool& pool : pools_)
      for (const GresDevice& device : pool.devices)
        if (share.name == "gpu" && pool.name == share.name && pool.type == share.type && taken_on(share, device.index))
          devices.push_back(&device);
  std::sort(devices.begin(), devices.end(), [](auto* a, auto* b) { return a->index < b->index; });
  std::vector<IndexSet> cores;
  for (const GresDevice* device : devices) cores.push_back(device->cores);
  return cores;
}

}  // namespace slurmxx
