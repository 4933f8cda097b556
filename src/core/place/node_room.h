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

namespace slurmxx {

// Whose jobs are there.
struct RoomUsers {
  Uid one;      // if any and not several
  Uid insists;  // if only: that user has a job with --exclusive=user
  bool any = false;
  bool several = false;
  bool only = false;
  bool nobody = false;  // two users insist, at different times

  void add(const RoomUsers& other) {
    if (!other.any) return;
    several = several || other.several || (any && one != other.one);
    if (!any) one = other.one;
    any = true;
    nobody = nobody || other.nobody || (only && other.only && insists != other.insists);
    if (other.only) insists = other.insists;
    only = only || other.only;
  }
  void add(Uid uid, bool exclusively) { add({uid, uid, true, false, exclusively, false}); }

  bool admits(Uid uid, bool exclusively) const {
    if (nobody || (only && insists != uid)) return false;
    return !exclusively || !any || (!several && one == uid);
  }
};

// What a job takes of one node.
struct RoomTake {
  std::uint32_t units = 0;
  MebiBytes memory;
  bool whole = false;
  Uid user;
  bool only_user = false;
  GresSlots gres = {};
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
  RoomUsers users;
  bool closed = false;  // a job holds the whole node, or it is clearing
  GresSlots gres = {};  // empty: the node has none

  // Whether a job may have that much of a node with these pools (null: none). It always takes a unit that nobody else
  // has.
  bool admits(const RoomNeed& need, const GresPools* pools) const {
    const RoomTake& what = need.take;
    return units >= std::max(1u, what.units) && memory >= what.memory && !closed && !(what.whole && jobs > 0) &&
           users.admits(what.user, what.only_user) && covers(need.gres, pools);
  }
  bool covers(const GresNeed& need, const GresPools* pools) const {
    return need.empty() || (pools && gres_cover(*pools, gres, need));
  }
  // Takes what there is where there is less: jobs may hold more than the node has now.
  void take(const RoomTake& what) {
    units -= std::min(units, what.units);
    memory = std::max(MebiBytes(0), memory - what.memory);
    ++jobs;
    closed = closed || what.whole;
    users.add(what.user, what.only_user);
    take_slots(gres, what.gres);
  }
  // What is free in both: at one moment and at another.
  void narrow(const FreeRoom& other) {
    units = std::min(units, other.units);
    memory = std::min(memory, other.memory);
    jobs = std::max(jobs, other.jobs);
    closed = closed || other.closed;
    users.add(other.users);
    for (std::size_t i = 0; i < gres.size(); ++i) gres[i] = std::min(gres[i], other.gres[i]);
  }
};

struct NodeRoom {
  NodeIndex node;
  std::uint32_t threads_per_unit = 1;  // CPUs that are given out together
  std::uint32_t units_total = 0;
  std::uint32_t weight = 1;  // the lowest first
  MebiBytes memory_total;
  bool available = true;
  FreeRoom free;
  const GresPools* pools = nullptr;  // lives as long as the node

  void empty() { free = {memory_total, units_total, 0, {}, false, pools ? gres_slots(*pools) : GresSlots()}; }
  bool same_size(const NodeRoom& other) const {
    return units_total == other.units_total && threads_per_unit == other.threads_per_unit &&
           memory_total == other.memory_total &&
           (pools == other.pools || (pools && other.pools && *pools == *other.pools));
  }
};

}  // namespace slurmxx
