// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// GRES as numbers: how much a job needs of a node, and whether what is free now, or will be, suffices. What is free is
// a row of slots: one of each pool, in the node's order; and one of each device where devices are given out whole or in
// parts (shard), because a part lies on one of them. Which devices a pool's number stands for is gres_choice.h's
// matter. Rules: sbatch(1) --gres, --gpus*, --cpus-per-gpu, --mem-per-gpu.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/model/gres.h"
#include "core/model/job_spec.h"
#include "core/tres/gres.h"

namespace slurmxx {

struct GpuDefaults {  // DefCpuPerGPU, DefMemPerGPU
  std::optional<std::uint32_t> cpus;
  std::optional<MebiBytes> memory;
};

using GresNeed = std::vector<GresRequest>;  // of one node

// What SelectTypeParameters says of GRES.
struct GresPolicies {
  bool enforce_binding = false;  // ENFORCE_BINDING_GRES, but for --gres-flags=disable-binding
  bool several_shared = false;   // MULTIPLE_SHARING_GRES_PJ: a job may have parts of several devices of a node
  bool task_by_device = false;   // ONE_TASK_PER_SHARING_GRES, but for --gres-flags=multiple-tasks-per-sharing
  bool least_loaded = false;     // LL_SHARED_GRES: the device first of which the most is free
};

// What a job asks of its nodes, read once for all of them.
struct GresDemand {
  GresNeed per_job;
  GresNeed per_node;
  GresNeed per_task;
  std::uint32_t cpus_per_gpu = 0;    // 0: not asked for
  std::uint32_t tasks_per_node = 0;  // at most, by what they ask for and what a node is to give; 0: no limit
  std::uint32_t tasks_per_gpu = 0;   // at most, on a node; 0: no limit
  std::optional<MebiBytes> memory_per_gpu;
  GresNeed per_socket;  // part of per_node: on each of so many sockets
  std::uint32_t sockets = 0;
  bool enforce_binding = false;  // only cores near to its devices
  bool task_by_device = false;   // no two tasks have parts of one device
  bool least_loaded = false;     // which device a part lies on
  bool all = false;              // of a step that does not say: what its job has

  bool empty() const { return per_job.empty() && per_node.empty() && per_task.empty() && !all; }
  bool binds() const { return enforce_binding || sockets > 0; }
  void unbind() { enforce_binding = false, sockets = 0; }  // of a job that has whole nodes, or shares cores
  std::string key() const;                                 // differs where any of it does
};

GresDemand gres_demand_of(const ResourceRequest& request, const GpuDefaults& defaults,
                          const GresPolicies& policies = {});
TresCounts requested_gres(const ResourceRequest& request, std::uint64_t nodes);  // on so many nodes, all together

// What `tasks` tasks need on a node, with its part of each kind of per_job.
using JobParts = std::vector<std::uint64_t>;
GresNeed gres_need(const GresDemand& demand, std::uint32_t tasks, const JobParts& parts);
std::uint32_t tasks_on_gpus(const GresDemand& demand, const JobParts& parts);  // that those of a node may run
JobParts least_parts(const GresDemand& demand);  // that make a node worth having: one of the first kind
std::uint64_t gpus_in(const GresNeed& need);
bool asks_no_more(const GresNeed& less, const GresNeed& more);  // of any kind

using GresSlots = std::vector<std::uint64_t>;
using GresPools = std::vector<GresPool>;

GresSlots gres_slots(const GresPools& pools);  // all that there is
void take_of_slot(const GresPools& pools, std::size_t slot, std::uint64_t count, GresSlots& taken);
// What is taken of slots of the one, as slots of the other: of the same devices, or counts of the same.
GresSlots slots_beside(const GresPools& from, const GresSlots& taken, const GresPools& to);
// What shares take of the slots: of a gpu also all of its parts, of a part also the gpu.
GresSlots slots_of(const GresPools& pools, std::span<const GresShare> shares);
void take_slots(GresSlots& free, const GresSlots& taken);  // what there is, where there is less

bool gres_cover(const GresPools& pools, const GresSlots& free, const GresNeed& need);
std::uint64_t gres_free(const GresPools& pools, const GresSlots& free, const GresRequest& kind);
JobParts free_for_job(const GresPools& pools, const GresSlots& free,
                      const GresDemand& demand);  // the most of each kind

// What a need takes: the first pools and devices that have it. Requires gres_cover().
// `least_loaded`: of shared devices that with the most.
GresSlots slots_for(const GresPools& pools, const GresSlots& free, const GresNeed& need, bool least_loaded = false);

// One slot: a pool, or one of its devices.
struct GresSlot {
  std::size_t pool = 0;
  std::optional<std::size_t> device;  // place in the pool's devices
};
std::vector<GresSlot> slot_places(const GresPools& pools);

}  // namespace slurmxx
