// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The events that are about partitions, reservations, reboots, triggers and usage; event.h has the others and the
// variant.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/config/global_value.h"
#include "core/model/node.h"
#include "core/model/partition.h"
#include "core/model/reservation.h"
#include "core/model/trigger.h"

namespace slurmxx {

struct PartitionChanged {
  Partition partition;  // as it is from now on, found by name; added when there is none of the name
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "partition", self.partition);
  }
};

struct PartitionRemoved {
  std::string name;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
  }
};

struct ReservationChanged {
  Reservation reservation;  // as it is from now on, found by name; added when there is none of the name
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "reservation", self.reservation);
  }
};

struct ReservationRemoved {
  std::string name;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
  }
};

// Absent: no reboot is wanted any more, or it is done.
struct NodeRebootSet {
  NodeIndex node;
  std::optional<NodeReboot> reboot;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "node", self.node);
    v(2, "reboot", self.reboot);
  }
};

// All that scontrol has put over keys of slurm.conf, until a new one is read.
struct SettingsChanged {
  std::vector<GlobalValue> settings;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "settings", self.settings);
  }
};

// How usage decays from now on.
struct UsageRulesSet {
  Seconds half_life;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "half_life", self.half_life);
  }
};

// All usage is nothing from now on, but that of QOS that do not decay.
struct UsageReset {
  bool reserved = false;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "reserved", self.reserved);
  }
};

struct TriggerSet {
  Trigger trigger;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "trigger", self.trigger);
  }
};

struct TriggerRemoved {  // cleared, or fired for the only time
  std::uint32_t id = 0;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "id", self.id);
  }
};

}  // namespace slurmxx
