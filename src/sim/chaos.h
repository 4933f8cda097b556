// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What goes wrong, and how often: drawn from the seed, so that some worlds are calm and some are not.
#pragma once

#include <memory>
#include <vector>

#include "sim/head.h"
#include "sim/machine.h"
#include "sim/sruns.h"

namespace slurmxx::sim {

class Chaos {
 public:
  Chaos(Kernel& kernel, Head& head, Machines& machines, Sruns& sruns)
      : kernel_(kernel), head_(head), machines_(machines), sruns_(sruns) {}

  void begin();
  void end();  // everything is mended

 private:
  void act();
  void hurt_head();
  void hurt_machine();
  void keep_head_up();
  void keep_machine_up(Machine& machine, Millis after);

  Kernel& kernel_;
  Head& head_;
  Machines& machines_;
  Sruns& sruns_;
  bool ended_ = false;
  std::int64_t pace_ms_ = 10'000;
  std::int64_t wall_moved_ = 0;
};

}  // namespace slurmxx::sim
