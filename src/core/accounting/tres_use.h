// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What became of all that a cluster has of one TRES, in count times seconds: sreport(1), cluster Utilization. It is
// judged hour by hour of the clock, so that what waited in one hour does not fill what was idle in another, and so that
// hours that were judged before add up to the same.
#pragma once

#include <cstdint>
#include <vector>

#include "base/units.h"

namespace slurmxx {

struct TresUse {
  std::uint64_t total = 0;
  std::uint64_t allocated = 0;
  std::uint64_t down = 0;
  std::uint64_t planned_down = 0;
  std::uint64_t planned = 0;        // idle, while jobs waited that it could have gone to
  std::uint64_t overcommitted = 0;  // what more they asked for
  std::uint64_t idle() const { return total - allocated - down - planned_down - planned; }
  TresUse& operator+=(const TresUse& more);

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "total", self.total);
    v(2, "allocated", self.allocated);
    v(3, "down", self.down);
    v(4, "planned_down", self.planned_down);
    v(5, "planned", self.planned);
    v(6, "overcommitted", self.overcommitted);
  }
  bool operator==(const TresUse&) const = default;
};

class TresHours {
 public:
  enum class Kind : std::uint8_t { total = 0, allocated = 1, down = 2, wanted = 3, planned_down = 4 };

  TresHours(Instant start, Instant end);
  void add(Kind kind, Instant from, Instant to, std::uint64_t count);  // what is outside the window is cut off
  void add_amount(Kind kind, Instant hour, std::uint64_t amount);      // of the hour that begins then
  TresUse sum() const;
  TresUse of_hour(Instant start) const;

 private:
  struct Hour {
    std::uint64_t by_kind[5] = {};
  };
  static TresUse use_of(const Hour& one);
  std::size_t index(Instant at) const;

  Instant start_;
  Instant end_;
  std::vector<Hour> hours_;
};

}  // namespace slurmxx
