// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What associations and QOS have used, over time: seconds of each TRES ("billing" is what fairshare goes by) and of
// wall time, as of an instant. All of it decays alike, and only when it is read or added to, so that it is exact at any
// instant. Ruled by slurm.conf(5), PriorityDecayHalfLife.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"
#include "core/tres/tres.h"

namespace slurmxx {

enum class UsageHolder : std::uint8_t { association = 0, qos = 1 };

struct TresSeconds {
  std::string name;
  double seconds = 0;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "seconds", self.seconds);
  }
  bool operator==(const TresSeconds&) const = default;
};

struct UsageAmount {
  double wall = 0;                // seconds that jobs ran
  std::vector<TresSeconds> tres;  // in the order of tres_before

  double of(std::string_view name) const;
  double billing() const { return of("billing"); }
  void add(std::string_view name, double seconds);
  void add(const UsageAmount& more, double factor = 1);
  void scale(double factor);
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "wall", self.wall);
    v(2, "tres", self.tres);
  }
  bool operator==(const UsageAmount&) const = default;
};

struct UsageRow {
  UsageHolder holder = UsageHolder::association;
  std::uint32_t id = 0;
  Instant at;
  UsageAmount amount;  // as of then
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "holder", self.holder);
    v(2, "id", self.id);
    v(3, "at", self.at);
    v(4, "amount", self.amount);
  }
  bool operator==(const UsageRow&) const = default;
};

struct UsageRules {
  Seconds half_life;  // 0: nothing decays
  Instant settled;    // what ran before then is in the rows
  Instant reset;      // when all was set to nothing
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "half_life", self.half_life);
    v(2, "settled", self.settled);
    v(3, "reset", self.reset);
  }
  bool operator==(const UsageRules&) const = default;
};

}  // namespace slurmxx
