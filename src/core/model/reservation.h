// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// An advance reservation: which nodes are kept for whom from when until when. Plain data; what follows from it for a
// job is core/reserve. scontrol(1), section RESERVATIONS, and reservations.html.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/units.h"
#include "core/model/gres.h"

namespace slurmxx {

enum class ReservationFlag : std::uint64_t {
  maint = 1u << 0,
  ignore_jobs = 1u << 1,
  flex = 1u << 2,
  overlap = 1u << 3,
  hourly = 1u << 4,
  daily = 1u << 5,
  weekday = 1u << 6,
  weekend = 1u << 7,
  weekly = 1u << 8,
  any_nodes = 1u << 9,
  static_alloc = 1u << 10,
  part_nodes = 1u << 11,
  spec_nodes = 1u << 12,
  time_float = 1u << 13,
  replace = 1u << 14,
  replace_down = 1u << 15,
  purge_comp = 1u << 16,
  no_hold_jobs_after = 1u << 17,
  magnetic = 1u << 18,
  user_delete = 1u << 19,
  all_nodes = 1u << 20,
  force_start = 1u << 21,
  first_cores = 1u << 22,
};

struct ReservationFlags {
  std::uint64_t bits = 0;

  bool has(ReservationFlag flag) const { return (bits & static_cast<std::uint64_t>(flag)) != 0; }
  void set(ReservationFlag flag, bool on = true) {
    const auto bit = static_cast<std::uint64_t>(flag);
    bits = on ? bits | bit : bits & ~bit;
  }
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "bits", self.bits);
  }
  bool operator==(const ReservationFlags&) const = default;
};

struct NameRule {  // of users, accounts ...: who may, or with `denies` who may not
  std::vector<std::string> names;
  bool denies = false;

  bool empty() const { return names.empty(); }
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "names", self.names);
    v(2, "denies", self.denies);
  }
  bool operator==(const NameRule&) const = default;
};

struct ReservationAccess {
  NameRule users;
  NameRule groups;
  NameRule accounts;
  NameRule qos;
  NameRule partitions;  // AllowedPartitions

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "users", self.users);
    v(2, "groups", self.groups);
    v(3, "accounts", self.accounts);
    v(4, "qos", self.qos);
    v(5, "partitions", self.partitions);
  }
  bool operator==(const ReservationAccess&) const = default;
};

struct ReservationTimes {
  Instant start;  // with time_float: the offset from now
  Instant end;
  std::optional<Seconds> max_start_delay;
  std::optional<Seconds> purge_after;  // PURGE_COMP: unused for so long
  std::optional<Instant> idle_since;   // PURGE_COMP: no job has used it since
  std::optional<Instant> begun;        // start of the occurrence that ResvProlog was started for

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "start", self.start);
    v(2, "end", self.end);
    v(3, "max_start_delay", self.max_start_delay);
    v(4, "purge_after", self.purge_after);
    v(5, "idle_since", self.idle_since);
    v(142, "begun", self.begun);
  }
  bool operator==(const ReservationTimes&) const = default;
};

struct ReservedCores {  // of a node, where not all of it is reserved
  NodeIndex node;
  std::vector<std::uint32_t> cpu_ids;  // abstract ids, as in NodeShare
  std::vector<GresShare> gres;         // devices of it

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "node", self.node);
    v(2, "cpu_ids", self.cpu_ids);
    v(340, "gres", self.gres);
  }
  bool operator==(const ReservedCores&) const = default;
};

struct Reservation {
  std::string name;
  std::uint32_t number = 0;  // of those that were ever asked for
  ReservationTimes times;
  ReservationFlags flags;
  ReservationAccess access;
  std::vector<NodeIndex> nodes;  // rising; none with licences or ANY_NODES alone
  std::vector<ReservedCores> cores;
  std::string features;
  std::string partition;  // the nodes were chosen from
  std::string licenses;
  std::string burst_buffer;
  std::string comment;
  std::string tres;  // asked for beyond nodes: "license/matlab=2"
  Uid creator;
  JobId kept_for = {};  // never in the state: nodes that a planner keeps for one job (--requeue=expedite)

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "number", self.number);
    v(3, "times", self.times);
    v(4, "flags", self.flags);
    v(5, "access", self.access);
    v(6, "nodes", self.nodes);
    v(7, "cores", self.cores);
    v(8, "features", self.features);
    v(9, "partition", self.partition);
    v(10, "licenses", self.licenses);
    v(11, "burst_buffer", self.burst_buffer);
    v(12, "comment", self.comment);
    v(13, "tres", self.tres);
    v(14, "creator", self.creator);
  }
  bool operator==(const Reservation&) const = default;
};

}  // namespace slurmxx
