// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// PreemptMode=GANG: jobs that have the same cores take turns (core/preempt/time_slices.h), by the state thread's clock.
#pragma once

#include "control/controller.h"

namespace slurmxx {

class Gang {
 public:
  explicit Gang(Controller& controller) : c_(controller) {}

  void tick();    // once a second: a slice may be over
  void settle();  // who has just started on cores of others waits for a turn
  // Before it is suspended otherwise: it counts as running again. False: it waits for no turn.
  bool leave(const Job& job);

 private:
  void turn(bool slice_is_over);

  Controller& c_;
};

}  // namespace slurmxx
