// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What is free on one node while a plan is made: a scratch copy of the node's use from which planned jobs take. It
// decides which CPUs a share gets (core_choice.h), in whole cores where cores are the unit (select/cons_tres).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/model/job.h"
#include "core/model/node.h"
#include "core/place/core_choice.h"
#include "core/place/gres_choice.h"
#include "core/place/node_room.h"
#include "core/place/special_cores.h"

namespace slurmxx {

enum class CpuUnit : std::uint8_t { cpu, core, socket, board };  // SelectTypeParameters=CR_CPU*, CR_Core* ...

// What a node keeps for the system: CoreSpecCount, CpuSpecList, MemSpecLimit.
struct SystemShare {
  std::vector<std::uint32_t> cpus;  // ids, rising
  MebiBytes memory;
  bool divided = false;  // some are reserved: no job has the node whole
};

class NodeSpace {
 public:
  NodeSpace(NodeIndex index, const Node& node, CpuUnit unit, const SystemShare* system = nullptr);
  // As if no job held anything.
  static NodeSpace empty(NodeIndex index, const Node& node, CpuUnit unit, const SystemShare* system = nullptr);

  NodeIndex index() const { return room_.node; }
  const Node& node() const { return *node_; }
  const NodeRoom& room() const { return room_; }

  void note_owner(const RoomOwner& owner);  // of a job that already runs here
  // Jobs may share units of this node; note_units() tells of each that runs here, and close_rest() of the rest.
  void lend(const SystemShare* system);
  void split_devices();  // by the cores that are near: of jobs that insist on those; lend() comes after
  void note_units(const NodeShare& share, const ShareTerms& terms);
  void close_rest();
  // How many CPUs each partition with MaxCPUsPerNode may have here; note_cap() tells of each job of theirs.
  void limit(const std::vector<std::uint32_t>& cpus);
  void note_cap(const NodeShare& share, std::uint32_t cap);
  std::vector<std::uint32_t> units_of(const NodeShare& share) const;  // rising

  struct Take {
    RoomTake amount;
    CoreChoice choice;  // its threads_per_unit is filled in
    const GresDemand* gres = nullptr;
    const SpecialNeed* special = nullptr;  // of --core-spec
  };
  // What it would get, and taking that. Requires that the room has that much.
  NodeShare share_of(const Take& what) const;
  void take(const RoomTake& amount, const NodeShare& share);
  std::vector<std::uint32_t> free_cpus_of(const NodeShare& share) const;
  void hold(const std::vector<std::uint32_t>& cpus);  // that are free: for a job that is to go on there
  void close() { room_.free.closed = true; }
  void take_beside(const NodeShare& share);  // memory and GRES of a job in another part of the node

 private:
  NodeSpace() = default;
  void leave_to(const SystemShare& system);
  void count_units();
  bool unit_free(std::uint32_t unit) const;
  bool are_free(const std::vector<std::uint32_t>& units) const;
  bool core_free(std::uint32_t core) const;
  bool has_core(std::uint32_t unit, std::uint32_t core) const;
  bool has_any(std::uint32_t unit, const IndexSet& cores) const;
  using Sockets = std::vector<std::vector<std::uint32_t>>;
  Sockets free_by_socket(const IndexSet& cores) const;  // empty: of all cores
  Sockets by_socket(const std::vector<std::uint32_t>& units) const;
  std::vector<std::uint32_t> cpus_of(const Take& what, const std::vector<GresShare>& gres) const;
  std::vector<GresShare> choose_devices(const Take& what) const;
  std::vector<std::uint32_t> choose_near(const Take& what, const std::vector<GresShare>& gres) const;
  std::vector<std::uint32_t> choose_shared(const Take& what, const CoreChoice& choice) const;

  const Node* node_ = nullptr;
  std::uint32_t units_ = 0;  // those of the system too
  std::vector<bool> taken_;  // by CPU id; core k has the ids k*threads .. (k+1)*threads-1
  NodeRoom room_;
  std::shared_ptr<const GresPools> split_;  // room_.pools; null: those of the node
  std::vector<GresShare> gres_used_;
};

}  // namespace slurmxx
