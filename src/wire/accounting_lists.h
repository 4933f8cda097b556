// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What happened, as slurmdbd lists it: events of nodes and clusters, reservations.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/units.h"

namespace slurmxx {

// Events of nodes and clusters that overlap a window of time. A list that is empty asks for all.
struct EventsQuery {
  std::vector<std::string> clusters;
  std::vector<std::string> nodes;
  std::vector<std::string> states;
  Instant start;
  Instant end;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "clusters", self.clusters);
    v(2, "nodes", self.nodes);
    v(3, "states", self.states);
    v(4, "start", self.start);
    v(5, "end", self.end);
  }
};

struct EventRow {
  std::string cluster;
  std::string node;  // empty: the cluster's own, a stretch of time in which its TRES were the same
  Instant started;
  std::optional<Instant> ended;  // absent: it lasts
  std::string state;
  std::string reason;
  Uid uid;
  std::string tres;
  std::string nodes;  // of a cluster's own event
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "cluster", self.cluster);
    v(2, "node", self.node);
    v(3, "started", self.started);
    v(4, "ended", self.ended);
    v(5, "state", self.state);
    v(6, "reason", self.reason);
    v(7, "uid", self.uid);
    v(8, "tres", self.tres);
    v(48, "nodes", self.nodes);
  }
};

struct EventList {
  std::vector<EventRow> events;  // as they began
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "events", self.events);
  }
};

// Reservations that overlap a window of time. A list that is empty asks for all.
struct ReservationsQuery {
  std::vector<std::string> clusters;
  std::vector<std::string> names;
  std::vector<std::string> nodes;
  Instant start;
  Instant end;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "clusters", self.clusters);
    v(2, "names", self.names);
    v(3, "nodes", self.nodes);
    v(4, "start", self.start);
    v(5, "end", self.end);
  }
};

// A stretch of time in which a reservation had the same nodes, and what jobs made of it within the window asked for.
struct ReservedRow {
  std::string cluster;
  std::uint32_t id = 0;
  std::string name;
  Instant start;
  Instant end;
  std::string nodes;
  std::string tres;
  std::string flags;
  std::string associations;
  std::uint64_t allocated_cpu_seconds = 0;  // by its jobs
  std::uint64_t unused_seconds = 0;         // of its time so far
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "cluster", self.cluster);
    v(2, "id", self.id);
    v(3, "name", self.name);
    v(4, "start", self.start);
    v(5, "end", self.end);
    v(6, "nodes", self.nodes);
    v(7, "tres", self.tres);
    v(8, "flags", self.flags);
    v(9, "associations", self.associations);
    v(10, "allocated_cpu_seconds", self.allocated_cpu_seconds);
    v(11, "unused_seconds", self.unused_seconds);
  }
};

struct ReservedList {
  std::vector<ReservedRow> reservations;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "reservations", self.reservations);
  }
};

}  // namespace slurmxx
