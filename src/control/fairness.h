// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Usage and fairshare in the controller: whom a job's time is charged to, when shares are worked out anew
// (PriorityCalcPeriod), how usage decays and when it is set to nothing. The usage itself is in state (state/usage.h).
#pragma once

#include "control/controller.h"

namespace slurmxx {

class Fairness {
 public:
  explicit Fairness(Controller& controller) : c_(controller) {}

  void configured();        // the configuration was read, at the start too
  void accounts_changed();  // another directory
  void tick();
  void calculate();  // the shares, as of now

  // Of a job that starts with this allocation; nothing: nobody is known to be charged.
  std::optional<Charge> charge_of(const Job& job, const Allocation& allocation) const;

 private:
  void use(std::shared_ptr<const Standings> standings);

  Controller& c_;
};

// What accounting tells of: the usual TRES and those of AccountingStorageTRES, in the order of print.
std::vector<std::string> tracked_tres(const ClusterConfig& config);

}  // namespace slurmxx
