// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/place/node_space.h"

#include <algorithm>

#include "base/check.h"
#include "core/model/gres_use.h"
#include "core/model/node_state.h"
#include "core/place/device_binding.h"

namespace slurmxx {
namespace {

// CPUs= may count cores only, whatever ThreadsPerCore= says: then a core is one CPU.
std::uint32_t threads_of(const NodeShape& shape, CpuUnit unit) {
  if (unit == CpuUnit::cpu) return 1;
  if (unit != CpuUnit::core) {
    const std::uint32_t parts = std::max(1u, unit == CpuUnit::socket ? shape.sockets : shape.boards);
    return shape.cpus >= parts && shape.cpus % parts == 0 ? shape.cpus / parts : 1;
  }
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
  const std::uint32_t cores = std::max(1u, node.declared.sockets * node.declared.cores_per_socket);
  space.units_ = room.units_total = node.declared.cpus / room.threads_per_unit;
  room.sockets = std::max(1u, node.declared.sockets);
  room.cpus = node.declared.cpus;
  room.cpus_per_core = std::max(1u, node.declared.cpus / cores);
  room.cores_per_unit = std::max(1u, cores / std::max(1u, room.units_total));
  room.memory_total = node.declared.memory;
  if (system) space.leave_to(*system);
  room.divided = system && system->divided;
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

bool NodeSpace::has_core(std::uint32_t unit, std::uint32_t core) const {
  const std::uint32_t cores = std::max(1u, node_->declared.sockets * node_->declared.cores_per_socket);
  if (units_ > cores && units_ % cores == 0) return unit / (units_ / cores) == core;
  return units_ > 0 && core / std::max(1u, cores / units_) == unit;
}

bool NodeSpace::has_any(std::uint32_t unit, const IndexSet& cores) const {
  bool found = false;
  cores.for_each([&](std::uint32_t core) {
    found = found || has_core(unit, core);
    return !found;
  });
  return found;
}

bool NodeSpace::core_free(std::uint32_t core) const {
  for (std::uint32_t unit = 0; unit < units_; ++unit)
    if (has_core(unit, core) && unit_free(unit)) return true;
  return false;
}

NodeSpace::Sockets NodeSpace::by_socket(const std::vector<std::uint32_t>& units) const {
  const std::uint32_t sockets = std::max(1u, node_->declared.sockets);
  const std::uint32_t per_socket = std::max(1u, units_ / sockets);
  Sockets found(sockets);
  for (const std::uint32_t unit : units) found[std::min(unit / per_socket, sockets - 1)].push_back(unit);
  return found;
}

NodeSpace::Sockets NodeSpace::free_by_socket(const IndexSet& cores) const {
  std::vector<std::uint32_t> free;
  for (std::uint32_t unit = 0; unit < units_; ++unit)
    if (unit_free(unit) && (cores.empty() || has_any(unit, cores))) free.push_back(unit);
  return by_socket(free);
}

void NodeSpace::lend(const SystemShare* system) {
  UnitLoads loads(units_);
  for (const std::uint32_t cpu : system ? system->cpus : std::vector<std::uint32_t>())
    if (cpu < taken_.size()) loads.keep(cpu / room_.threads_per_unit);
  room_.lent = loads;
  room_.free.loads = std::move(loads);
}

void NodeSpace::split_devices() {
  split_ = std::make_shared<const GresPools>(split_by_cores(node_->gres));
  room_.pools = split_.get();
  room_.free.gres = gres_slots(*split_);
  take_slots(room_.free.gres, slots_of(*split_, gres_used_));
}

std::vector<std::uint32_t> NodeSpace::units_of(const NodeShare& share) const {
  std::vector<std::uint32_t> units;
  for (const std::uint32_t cpu : share.cpu_ids)
    if (const std::uint32_t unit = cpu / room_.threads_per_unit; units.empty() || units.back() != unit)
      units.push_back(unit);
  return units;
}

void NodeSpace::note_units(const NodeShare& share, const ShareTerms& terms) {
  room_.free.loads.take(units_of(share), terms);
}

void NodeSpace::close_rest() {
  for (std::uint32_t unit = 0; unit < units_; ++unit)
    if (room_.free.loads.is_idle(unit) && !unit_free(unit)) room_.free.loads.close(unit);
}

void NodeSpace::limit(const std::vector<std::uint32_t>& cpus) {
  for (const std::uint32_t most : cpus) room_.caps.push_back(most / room_.threads_per_unit);
  room_.free.caps = room_.caps;
}

void NodeSpace::note_cap(const NodeShare& share, std::uint32_t cap) {
  if (cap > room_.free.caps.size()) return;
  std::uint32_t& left = room_.free.caps[cap - 1];
  left -= std::min(left, (share.cpus + room_.threads_per_unit - 1) / room_.threads_per_unit);
}

void NodeSpace::note_owner(const RoomOwner& owner) { room_.free.owners.add(owner); }

std::vector<GresShare> NodeSpace::choose_devices(const Take& what) const {
  if (node_->gres.empty()) return {};
  if (what.amount.whole) return choose_all_gres({node_->gres, gres_used_}, what.gres);
  if (!what.gres || what.gres->empty()) return {};
  return choose_gres({*room_.pools, gres_used_}, what.amount.gres, *what.gres,
                     [this](std::uint32_t core) { return core_free(core); });
}

bool NodeSpace::are_free(const std::vector<std::uint32_t>& units) const {
  return !units.empty() && std::ranges::all_of(units, [this](std::uint32_t unit) { return unit_free(unit); });
}

// Near the devices if there is room for all.
std::vector<std::uint32_t> NodeSpace::choose_near(const Take& what, const std::vector<GresShare>& gres) const {
  CoreChoice choice = what.choice;
  choice.threads_per_unit = room_.threads_per_unit;
  if (what.gres && is_bound(*what.gres, room_) && are_free(what.amount.which)) return what.amount.which;
  if (what.amount.share.by_unit() && !room_.free.loads.empty()) return choose_shared(what, choice);
  const IndexSet near = gres.empty() ? IndexSet() : cores_near(node_->gres, gres);
  if (!near.empty() && choice.tasks_per_socket == 0)
    if (auto units = choose_units(free_by_socket(near), what.amount.units, choice); units.size() == what.amount.units)
      return units;
  return choose_units(free_by_socket({}), what.amount.units, choice);
}

// Those that fewer jobs have come first.
std::vector<std::uint32_t> NodeSpace::choose_shared(const Take& what, const CoreChoice& choice) const {
  const ShareTerms& terms = what.amount.share;
  const UnitLoads& loads = room_.free.loads;
  if (terms.whole_sockets) return loads.pick(what.amount.units, terms, room_.free.layout);
  std::vector<std::uint32_t> chosen;
  for (std::uint32_t jobs = 0; jobs < loads.levels() && chosen.size() < what.amount.units; ++jobs) {
    const auto missing = static_cast<std::uint32_t>(what.amount.units - chosen.size());
    const auto units = choose_units(by_socket(loads.open(terms, jobs, room_.free.layout)), missing, choice);
    chosen.insert(chosen.end(), units.begin(), units.end());
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

// Of a job that asks for CPUs of the system: it is alone, so what is taken here is the system's.
std::vector<std::uint32_t> NodeSpace::cpus_of(const Take& what, const std::vector<GresShare>& gres) const {
  const std::uint32_t threads = room_.threads_per_unit;
  std::vector<std::uint32_t> cpus;
  if (what.special && what.special->asked()) {
    for (std::uint32_t cpu = 0; cpu < taken_.size(); ++cpu)
      if (taken_[cpu]) cpus.push_back(cpu);
    return cpus_but_special(node_->declared, cpus, *what.special);
  }
  for (const std::uint32_t unit : choose_near(what, gres))
    for (std::uint32_t cpu = unit * threads; cpu < (unit + 1) * threads; ++cpu) cpus.push_back(cpu);
  return cpus;
}

NodeShare NodeSpace::share_of(const Take& what) const {
  SLURMXX_CHECK(what.amount.units <= room_.free.units_for(what.amount.share));
  SLURMXX_CHECK(what.amount.memory <= room_.free.memory);
  SLURMXX_CHECK(!room_.free.closed);
  NodeShare share;
  share.node = room_.node;
  share.memory = what.amount.memory;
  share.gres = choose_devices(what);
  share.cpu_ids = cpus_of(what, share.gres);
  share.cpus = static_cast<std::uint32_t>(share.cpu_ids.size());
  if (what.special && what.special->asked())
    share.cpus = std::max(share.cpus, what.amount.units * room_.threads_per_unit);
  return share;
}

void NodeSpace::take(const RoomTake& amount, const NodeShare& share) {
  for (const std::uint32_t cpu : share.cpu_ids) taken_[cpu] = true;
  RoomTake taken = amount;
  if (!room_.lent.empty()) {
    taken.which = units_of(share);
    taken.units = static_cast<std::uint32_t>(taken.which.size());
  }
  room_.free.take(taken);
  add_gres(gres_used_, share.gres);
}

std::vector<std::uint32_t> NodeSpace::free_cpus_of(const NodeShare& share) const {
  std::vector<std::uint32_t> free;
  for (const std::uint32_t cpu : share.cpu_ids)
    if (cpu < taken_.size() && !taken_[cpu]) free.push_back(cpu);
  return free;
}

void NodeSpace::hold(const std::vector<std::uint32_t>& cpus) {
  for (const std::uint32_t cpu : cpus) taken_[cpu] = true;
  if (room_.lent.empty()) return count_units();
  close_rest();
  room_.free.units = room_.free.loads.idle();
}

void NodeSpace::take_beside(const NodeShare& share) {
  room_.free.memory = std::max(MebiBytes(0), room_.free.memory - share.memory);
  if (share.gres.empty()) return;
  take_slots(room_.free.gres, slots_of(*room_.pools, share.gres));
  add_gres(gres_used_, share.gres);
}

}  // namespace slurmxx
