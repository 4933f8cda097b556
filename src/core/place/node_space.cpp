// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/place/node_space.h"

#include <algorithm>

#include "base/check.h"
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

NodeSpace NodeSpace::empty(NodeIndex index, const Node& node, CpuUnit unit) {
  NodeSpace space;
  space.index_ = index;
  space.node_ = &node;
  space.taken_.assign(node.declared.cpus, false);
  space.threads_ = threads_of(node.declared, unit);
  space.memory_free_ = node.declared.memory;
  space.count_units();
  return space;
}

NodeSpace::NodeSpace(NodeIndex index, const Node& node, CpuUnit unit) : NodeSpace(empty(index, node, unit)) {
  const NodeUse& use = node.use;
  const std::size_t known = std::min(use.cpu_taken.size(), taken_.size());
  std::copy_n(use.cpu_taken.begin(), known, taken_.begin());
  memory_free_ = std::max(MebiBytes(0), memory_total() - use.memory);
  jobs_ = use.jobs + use.completing_jobs;
  available_ = is_available(node);
  closed_ = use.whole_node_job.has_value() || node.condition.clearing;
  count_units();
}

bool NodeSpace::unit_free(std::uint32_t unit) const {
  for (std::uint32_t cpu = unit * threads_; cpu < (unit + 1) * threads_; ++cpu)
    if (taken_[cpu]) return false;
  return true;
}

void NodeSpace::count_units() {
  units_free_ = 0;
  for (std::uint32_t unit = 0; unit < units_total(); ++unit) units_free_ += unit_free(unit) ? 1 : 0;
}

std::vector<std::vector<std::uint32_t>> NodeSpace::free_by_socket() const {
  const std::uint32_t sockets = std::max(1u, node_->declared.sockets);
  const std::uint32_t per_socket = std::max(1u, units_total() / sockets);
  std::vector<std::vector<std::uint32_t>> free(sockets);
  for (std::uint32_t unit = 0; unit < units_total(); ++unit)
    if (unit_free(unit)) free[std::min(unit / per_socket, sockets - 1)].push_back(unit);
  return free;
}

void NodeSpace::note_user(Uid uid, bool exclusively) {
  if (std::find(users_.begin(), users_.end(), uid) == users_.end()) users_.push_back(uid);
  if (exclusively) only_user_ = uid;
}

NodeShare NodeSpace::take(const Take& what) {
  SLURMXX_CHECK(what.units <= units_free_);
  SLURMXX_CHECK(what.memory <= memory_free_);
  SLURMXX_CHECK(!closed_);
  NodeShare share;
  share.node = index_;
  share.memory = what.memory;
  CoreChoice choice = what.choice;
  choice.threads_per_unit = threads_;
  for (const std::uint32_t unit : choose_units(free_by_socket(), what.units, choice)) {
    for (std::uint32_t cpu = unit * threads_; cpu < (unit + 1) * threads_; ++cpu) {
      taken_[cpu] = true;
      share.cpu_ids.push_back(cpu);
    }
  }
  share.cpus = static_cast<std::uint32_t>(share.cpu_ids.size());
  units_free_ -= what.units;
  memory_free_ -= what.memory;
  ++jobs_;
  closed_ = what.whole;
  note_user(what.user, what.only_user);
  return share;
}

}  // namespace slurmxx
