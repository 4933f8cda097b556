// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What becomes of a step that srun ends: its tasks have SIGTERM; SIGKILL follows after KillWait, and 2 s later srun
// waits no more. The time is an argument.
#pragma once

#include <chrono>
#include <optional>
#include <utility>

#include "base/units.h"

namespace slurmxx {

class AbortClock {
 public:
  using Time = std::chrono::steady_clock::time_point;
  enum class Due { nothing, kill, leave };
  static constexpr std::chrono::seconds grace{2};

  void begin(Time now, Seconds kill_wait) {
    if (!at_) at_ = now + std::chrono::seconds(kill_wait.value);
  }
  bool begun() const { return at_.has_value(); }
  std::optional<Time> next() const { return at_; }

  // Once each.
  Due due(Time now) {
    if (!at_ || now < *at_) return Due::nothing;
    at_ = now + grace;
    return std::exchange(killed_, true) ? Due::leave : Due::kill;
  }

 private:
  std::optional<Time> at_;
  bool killed_ = false;
};

}  // namespace slurmxx
