// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// How much is free on one node, as numbers: what decides how many tasks fit, at this moment or at one to come. Which
// CPUs those are is node_space.h's matter.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/ids.h"
#include "base/units.h"
#include "core/place/gres_room.h"
#include "core/place/unit_loads.h"

namespace slurmxx {

// Whose jobs are there, by user or by MCS label.
template <class Owner>
struct OwnersByOne {
  Owner one{};      // if any and not several
  Owner insists{};  // if only: that owner has a job that keeps the node to itself and its like (--exclusive=user, mcs)
  bool any = false;
  bool several = false;
  bool only = false;
  bool nobody = false;  // two owners insist, at different times

  void add(const OwnersByOne& other) {
    if (!other.any) return;
    several = several || other.several || (any && one != other.one);
    if (!any) one = other.one;
    any = true;
    nobody = nobody || other.nobody || (only && other.only && insists != other.insists);
    if (other.only) insists = other.insists;
    only = only || other.only;
  }
  void add(Owner owner, bool exclusively) { add({owner, owner, true, false, exclusively, false}); }

  bool admits(Owner owner, bool exclusively) const {
    if (nobody || (only && insists != owner)) return false;
    return !exclusively || !any || (!several && one == owner);
  }
};

// Who has a job, and whom it lets beside it.
struct RoomOwner {
  Uid user;
  bool only_user = false;
  bool only_label = false;
  std::uint32_t label = 0;  // of MCS, by the number that the view gives it (core/schedule/owners.h); 0: it has none

  bool insists() const { return only_user || only_label; }
};

struct RoomOwners {
  OwnersByOne<Uid> users;
  OwnersByOne<std::uint32_t> labels;

  void add(const RoomOwner& owner) {
    users.add(owner.user, owner.only_user);
    labels.add(owner.label, owner.only_label);
  }
  void add(const RoomOwners& other) {
    users.add(other.users);
    labels.add(other.labels);
  }
  bool admits(const RoomOwner& owner) const {
    return users.admits(owner.user, owner.only_user) && labels.admits(owner.label, owner.only_label);
  }
};

// What a job takes of one node.
struct RoomTake {
  std::uint32_t units = 0;
  MebiBytes memory;
  bool whole = false;
  bool aside = false;  // of a job that is suspended: it holds memory and GRES alone
  RoomOwner owner = {};
  GresSlots gres = {};
  ShareTerms share = {};
  std::vector<std::uint32_t> which = {};  // of a node where units are counted one by one: those it has; rising
};

// What a node must have free for a job to take part: its numbers, and GRES by kind, since which slots it takes is open.
struct RoomNeed {
  RoomTake take;  // its gres say nothing
  GresNeed gres = {};
};

// The part of a node's room that changes with time.
struct FreeRoom {
  MebiBytes memory;
  std::uint32_t units = 0;  // cores, or CPUs; whole ones only
  std::uint32_t jobs = 0;
  RoomOwners owners;
  bool closed = false;                   // a job holds the whole node, or it is clearing
  UnitLayout layout;                     // of its units
  GresSlots gres = {};                   // empty: the node has none
  UnitLoads loads;                       // of a node where units are counted one by one; empty: of others
  std::vector<std::uint32_t> caps = {};  // units left to each partition with MaxCPUsPerNode; empty: there is none

  // Units that such a job may have.
  std::uint32_t units_for(const ShareTerms& terms) const {
    return loads.empty() || !terms.by_unit() ? units : loads.open_to(terms, layout);
  }
  bool has_units(std::uint64_t wanted, const ShareTerms& terms) const {
    if (!terms.by_socket() && wanted <= units) return true;
    return wanted <= units_for(terms);
  }
  bool allows(std::uint32_t cap, std::uint64_t wanted) const {
    return cap == 0 || cap > caps.size() || wanted <= caps[cap - 1];
  }
  // Whether a job may have that much of a node with these pools (null: none). It always takes a unit that nobody else
  // has.
  bool admits(const RoomNeed& need, const GresPools* pools) const {
    const RoomTake& what = need.take;
    const std::uint32_t least = std::max(1u, what.units);
    return has_units(least, what.share) && memory >= what.memory && !closed && !(what.whole && jobs > 0) &&
           allows(what.share.cap, least) && owners.admits(what.owner) && covers(need.gres, pools);
  }
  bool covers(const GresNeed& need, const GresPools* pools) const {
    return need.empty() || (pools && gres_cover(*pools, gres, need));
  }
  // Takes what there is where there is less: jobs may hold more than the node has now.
  void take(const RoomTake& what) {
    if (loads.empty())
      units -= std::min(units, what.units);
    else
      take_units(what);
    memory = std::max(MebiBytes(0), memory - what.memory);
    if (!what.aside) ++jobs;
    if (what.share.cap > 0 && what.share.cap <= caps.size())
      caps[what.share.cap - 1] -= std::min(caps[what.share.cap - 1], what.units);
    closed = closed || what.whole;
    owners.add(what.owner);
    take_slots(gres, what.gres);
  }
  // What is free in both: at one moment and at another.
  void narrow(const FreeRoom& other) {
    units = std::min(units, other.units);
    memory = std::min(memory, other.memory);
    jobs = std::max(jobs, other.jobs);
    closed = closed || other.closed;
    owners.add(other.owners);
    for (std::size_t i = 0; i < gres.size(); ++i) gres[i] = std::min(gres[i], other.gres[i]);
    for (std::size_t i = 0; i < caps.size(); ++i) caps[i] = std::min(caps[i], other.caps[i]);
    if (loads.empty()) return;
    loads.narrow(other.loads);
    units = loads.idle();
  }

 private:
  void take_units(const RoomTake& what) {
    loads.take(what.which.empty() ? loads.pick(what.units, what.share, layout) : what.which, what.share);
    units = loads.idle();
  }
};

struct NodeRoom {
  NodeIndex node;
  std::uint32_t threads_per_unit = 1;  // CPUs that are given out together
  std::uint32_t cores_per_unit = 1;    // or less, where units are CPUs
  std::uint32_t units_total = 0;
  std::uint32_t cpus = 0;  // those of the system too
  std::uint32_t cpus_per_core = 1;
  std::uint32_t sockets = 1;
  std::uint32_t weight = 1;  // the lowest first
  MebiBytes memory_total;
  bool available = true;
  bool divided = false;  // no job has it whole
  FreeRoom free;
  const GresPools* pools = nullptr;  // lives as long as the node
  UnitLoads lent;                    // of a node where jobs share units: as if no job were there
  std::vector<std::uint32_t> caps;   // of FreeRoom, as if no job were there

  void empty() {
    free = FreeRoom();
    free.memory = memory_total;
    free.units = units_total;
    const std::uint32_t units = cpus / std::max(1u, threads_per_unit);
    free.layout.per_socket = static_cast<std::uint16_t>(std::max(1u, units / std::max(1u, sockets)));
    free.layout.cpus = static_cast<std::uint16_t>(threads_per_unit);
    if (pools) free.gres = gres_slots(*pools);
    free.loads = lent;
    free.caps = caps;
  }
  // With the terms on which jobs share the other.
  void empty_as(const NodeRoom& other) {
    lent = other.lent;
    pools = other.pools;
    caps = other.caps;
    empty();
  }
  bool same_size(const NodeRoom& other) const {
    return units_total == other.units_total && cpus == other.cpus && divided == other.divided &&
           threads_per_unit == other.threads_per_unit && cpus_per_core == other.cpus_per_core &&
           cores_per_unit == other.cores_per_unit && memory_total == other.memory_total && sockets == other.sockets &&
           lent.empty() == other.lent.empty() && caps == other.caps &&
           (pools == other.pools || (pools && other.pools && *pools == *other.pools));
  }
};

}  // namespace slurmxx
