// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// First fit of one job on the nodes offered: how many nodes, how many tasks on each, and how much of each they take.
// It never looks at queues, partitions or time. Rules: sbatch(1) -N -n -c --ntasks-per-node --mem --mem-per-cpu
// --exclusive, and slurm.conf(5) SelectTypeParameters, DefMemPerCPU, DefMemPerNode.
#pragma once

#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "core/model/job_spec.h"
#include "core/place/core_choice.h"
#include "core/place/label_rule.h"
#include "core/place/node_room.h"
#include "core/place/special_cores.h"
#include "core/schedule/reason.h"
#include "core/topology/topology.h"

namespace slurmxx {

// Memory a job gets when it does not say: absent both means all of the node.
struct MemoryDefaults {
  std::optional<MebiBytes> per_cpu;
  std::optional<MebiBytes> per_node;
  GpuDefaults gpu;
  GresPolicies gres;
  bool consumable = true;  // CR_*_Memory; false: checked against the node's size, never taken
};

// How the nodes of a job are to lie to each other.
struct Arrangement {
  bool contiguous = false;                 // one behind the other in slurm.conf
  bool spread = false;                     // over as many as there are, with as many tasks on each
  bool least_loaded = false;               // those with the most free CPUs first
  std::uint32_t switches_max = 0;          // leaf switches or blocks; 0: no limit
  std::uint32_t segment = 0;               // so many each time in one block; 0: not asked for
  bool spread_segments = false;            // each in a block of its own; else in as few blocks as will do
  std::uint32_t nodes_wanted = 0;          // more than nodes_min, if they are free and as near
  std::vector<std::uint32_t> quotas = {};  // nodes that bear mark i of the offer, at least

  bool is_plain() const {
    return !contiguous && !spread && !least_loaded && switches_max == 0 && segment == 0 && nodes_wanted == 0 &&
           quotas.empty();
  }
};

// What a job may have of each node: limits of associations and QOS.
struct NodeMost {
  std::uint64_t cpus = UINT64_MAX;
  std::optional<MebiBytes> memory = {};
  GresNeed gres = {};
};

// What of each node it may not have.
struct NodeTerms {
  SpecialNeed special;  // it leaves that to the system
  NodeMost most;
};

// What placement needs to know of a job, with every default filled in.
struct Demand {
  std::uint32_t nodes_min = 1;
  std::uint32_t nodes_max = 1;
  std::uint32_t tasks = 1;
  std::uint32_t tasks_per_node_max = 1;
  bool even_tasks = false;  // exactly tasks_per_node_max on every node
  bool overcommit = false;  // tasks need no CPU of their own
  std::uint32_t cpus_per_task = 1;
  std::uint32_t cpus_per_node_min = 1;
  std::uint32_t threads_used_per_core = 0;  // 0: all
  std::uint32_t tasks_per_core_max = 0;     // 0: no limit
  std::optional<MebiBytes> memory_per_cpu;
  std::optional<MebiBytes> memory_per_node;  // 0: all of the node
  bool consume_memory = true;
  bool whole_nodes = false;
  RoomOwner owner;
  ShareTerms share;
  CoreChoice choice;  // which cores of a node
  NodeTerms terms;
  GresDemand gres;
  Arrangement arrangement;
};

// --exclusive=mcs
bool is_for_one_label(const JobSpec& spec, LabelRule rule);

// Its owner has no number of an MCS label yet.
Demand demand_of(const JobSpec& spec, const MemoryDefaults& defaults, bool whole_nodes);

// Tasks that a node with this room could run (at most demand.tasks_per_node_max); 0: it cannot take part.
std::uint32_t tasks_that_fit(const Demand& demand, const NodeRoom& room);

// What `tasks` tasks need of such a node, with the least of the GRES for the whole job.
RoomNeed node_need(const Demand& demand, const NodeRoom& room, std::uint32_t tasks);

// Where the next search for the same demand on the same nodes begins. Right while their room only shrinks.
struct PlaceCursor {
  std::size_t usable = 0;  // no node before has room for a task
  std::size_t single = 0;  // no node before has room for the whole job
};

// Offered nodes in the order of preference; required ones come first and all of them are taken.
struct Offer {
  std::span<const NodeRoom* const> rooms;
  std::size_t required = 0;
  PlaceCursor* cursor = nullptr;
  const Topology* topology = nullptr;         // null: nodes are as near to one as to the other
  std::span<const std::uint64_t> marks = {};  // beside rooms, a bit for each quota; empty: none
};

struct Chosen {
  std::size_t place = 0;    // in the offer
  std::uint32_t fit = 0;    // tasks that it could run
  std::uint32_t tasks = 0;  // that it is to run
  JobParts parts = {};      // of the GRES for the whole job: what it could give, then what it is to give
};

// What a job takes of a chosen node with this room.
RoomTake take_of(const Demand& demand, const NodeRoom& room, const Chosen& chosen);

// The nodes for a job, in node order, or what was short. Takes nothing.
std::variant<std::vector<Chosen>, Shortage> choose(const Demand& demand, const Offer& offer);

}  // namespace slurmxx
