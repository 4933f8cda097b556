// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/place/node_space.h"

#include <algorithm>

#include "base/check.h"
#include "core/model/gres_use.h"
#include "core/model/node_state.h"

namespace slurmxx {
namespace {

// CPUs= may count cores only, whatever ThreadsPerCore= says: then a core is one CPU.
std::uint32_t threads_of(const NodeShape& shape, CpuUnit unit) {
  if (unit == CpuUnit::cpu) return 1;
  const std::uint32_t cores = std::max(1u, shape.sockets * shape.cores_per_socket);
  const std::uint32_t threads = shape.cpus / cores;
  return threads >= 1 && threads * cores == shape.cpus ? threads : 1;
}

}  // namespace

NodeSpace NodeSpace::empty(NodeIndex index, const Node& node, CpuUnit unit, const SystemShare* system) {
  NodeSpace space;
  space.node_ = &node;
  space.taken_.assign(node.declared.cpus, false);
  NodeRoom& room = space.room_;
  room.node = index;
  room.weight = node.weight;
  room.threads_per_unit = threads_of(node.declared, unit);
  space.units_ = room.units_total = node.declared.cpus / room.threads_per_unit;
  room.memory_total = node.declared.memory;
  if (system) space.leave_to(*system);
  room.pools = &node.gres;
  room.empty();
  return space;
}

// A unit of which it has a CPU is its own.
void NodeSpace::leave_to(const SystemShare& system) {
  for (const std::uint32_t cpu : system.cpus)
    if (cpu < taken_.size()) taken_[cpu] = true;
  room_.memory_total = std::max(MebiBytes(1), room_.memory_total - system.memory);
  room_.units_total = 0;
  for (std::uint32_t unit = 0; unit < units_; ++unit) room_.units_total += unit_free(unit) ? 1 : 0;
}

NodeSpace::NodeSpace(NodeIndex index, const Node& node, CpuUnit unit, const SystemShare* system)
    : NodeSpace(empty(index, node, unit, system)) {
  const NodeUse& use = node.use;
  const std::size_t known = std::min(use.cpu_taken.size(), taken_.size());
  for (std::size_t cpu = 0; cpu < known; ++cpu) taken_[cpu] = taken_[cpu] || use.cpu_taken[cpu];
  room_.free.memory = std::max(MebiBytes(0), room_.memory_total - use.memory);
  room_.free.jobs = use.jobs + use.completing_jobs;
  gres_used_ = use.gres;
  if (!gres_used_.empty()) take_slots(room_.free.gres, slots_of(node.gres, gres_used_));
  room_.available = is_available(node);
  room_.free.closed = use.whole_node_job.has_value() || node.condition.clearing;
  count_units();
}

bool NodeSpace::unit_free(std::uint32_t unit) const {
  const std::uint32_t threads = room_.threads_per_unit;
  for (std::uint32_t cpu = unit * threads; cpu < (unit + 1) * threads; ++cpu)
    if (taken_[cpu]) return false;
  return true;
}

void NodeSpace::count_units() {
  room_.free.units = 0;
  for (std::uint32_t unit = 0; unit < units_; ++unit) room_.free.units += unit_free(unit) ? 1 : 0;
}

std::uint32_t NodeSpace::core_of(std::uint32_t unit) const {
  const std::uint32_t cores = std::max(1u, node_->declared.sockets * node_->declared.cores_per_socket);
  return units_ > cores && units_ % cores == 0 ? unit / (units_ / cores) : unit;
}

bool NodeSpace::core_free(std::uint32_t core) const {
  for (std::uint32_t unit = 0; unit < units_; ++unit)
    if (core_of(unit) == core && unit_free(unit)) return true;
  return false;
}

std::vector<std::vector<std::uint32_t>> NodeSpace::free_by_socket(const IndexSet& cores) const {
  const std::uint32_t sockets = std::max(1u, node_->declared.sockets);
  const std::uint32_t per_socket = std::max(1u, units_ / sockets);
  std::vector<std::vector<std::uint32_t>> free(sockets);
  for (std::uint32_t unit = 0; unit < units_; ++unit)
    if (unit_free(unit) && (cores.empty() || cores.contains(core_of(unit))))
      free[std::min(unit / per_socket, sockets - 1)].push_back(unit);
  return free;
}

void NodeSpace::note_user(Uid uid, bool exclusively) { room_.free.users.add(uid, exclusively); }

std::vector<GresShare> NodeSpace::choose_devices(const Take& what) const {
  if (node_->gres.empty()) return {};
  const GresChoice from{node_->gres, gres_used_};
  if (what.amount.whole) return choose_all_gres(from);
  if (!what.gres || what.gres->empty()) return {};
  return choose_gres(from, what.amount.gres, *what.gres, [this](std::uint32_t core) { return core_free(core); });
}

// Near the devices if there is room for all.
std::vector<std::uint32_t> NodeSpace::choose_near(const Take& what, const std::vector<GresShare>& gres) const {
  CoreChoice choice = what.choice;
  choice.threads_per_unit = room_.threads_per_unit;
  const IndexSet near = gres.empty() ? IndexSet() : cores_near(node_->gres, gres);
  if (!near.empty())
    if (auto units = choose_units(free_by_socket(near), what.amount.units, choice); units.size() == what.amount.units)
      return units;
  return choose_units(free_by_socket({}), what.amount.units, choice);
}

NodeShare NodeSpace::take(const Take& what) {
  SLURMXX_CHECK(what.amount.units <= room_.free.units);
  SLURMXX_CHECK(what.amount.memory <= room_.free.memory);
  SLURMXX_CHECK(!room_.free.closed);
  const std::uint32_t threads = room_.threads_per_unit;
  NodeShare share;
  share.node = room_.node;
  share.memory = what.amount.memory;
  share.gres = choose_devices(what);
  for (const std::uint32_t unit : choose_near(what, share.gres)) {
    for (std::uint32_t cpu = unit * threads; cpu < (unit + 1) * threads; ++cpu) {
      taken_[cpu] = true;
      share.cpu_ids.push_back(cpu);
    }
  }
  share.cpus = static_cast<std::uint32_t>(share.cpu_ids.size());
  room_.free.take(what.amount);
  add_gres(gres_used_, share.gres);
  return share;
}

}  // namespace slurmxx
