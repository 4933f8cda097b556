// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Which nodes are told to run HealthCheckProgram, and when. slurm.conf(5): HealthCheckInterval, HealthCheckNodeState.
// slurmd itself runs it once before it registers.
#pragma once

#include "control/controller.h"

namespace slurmxx {

class HealthChecks {
 public:
  explicit HealthChecks(Controller& controller) : c_(controller) {}

  void order_due();  // once a second

  static bool wanted(const Node& node, const HealthCheckStates& states);

 private:
  void order_until(std::size_t place);
  Controller& c_;
};

}  // namespace slurmxx
