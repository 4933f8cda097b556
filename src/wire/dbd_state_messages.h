// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What slurmdbd tells of itself: alternatives of DbdReply (accounting_messages.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/units.h"

namespace slurmxx {

// How often slurmdbd did something, and how long that took.
struct DbdCount {
  std::string name;          // of a message type or a user
  std::uint32_t number = 0;  // of a user
  std::uint64_t count = 0;
  std::uint64_t total_us = 0;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "number", self.number);
    v(3, "count", self.count);
    v(4, "total_us", self.total_us);
  }
};

struct DbdStatistics {
  Instant since;
  std::optional<Instant> rolled_at;  // absent: not yet
  DbdCount rollups;
  std::uint64_t rollup_last_us = 0;
  std::uint64_t rollup_most_us = 0;
  std::vector<DbdCount> by_type;
  std::vector<DbdCount> by_user;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "since", self.since);
    v(2, "rolled_at", self.rolled_at);
    v(3, "rollups", self.rollups);
    v(4, "rollup_last_us", self.rollup_last_us);
    v(5, "rollup_most_us", self.rollup_most_us);
    v(6, "by_type", self.by_type);
    v(7, "by_user", self.by_user);
  }
};

struct DbdSetting {
  std::string key;
  std::string value;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "key", self.key);
    v(2, "value", self.value);
  }
};

// slurmdbd.conf as it is in force.
struct DbdSettings {
  std::vector<DbdSetting> settings;
  Instant booted;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "settings", self.settings);
    v(2, "booted", self.booted);
  }
};

}  // namespace slurmxx
