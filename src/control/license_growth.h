// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// More licences for a job that runs (scontrol update Licenses=): its owner gets what a job that starts now would get of
// them: what is free, what no reservation keeps, and what limits allow. Operators are not asked: they may go over.
#pragma once

#include "control/controller.h"
#include "core/licenses/licenses.h"

namespace slurmxx {

class LicenseGrowth {
 public:
  explicit LicenseGrowth(Controller& controller) : c_(controller) {}

  // What it lets one component of a job have, it does not let the next one have again.
  Status check(const Job& job, const JobSpec& after);
  void carried_out() { granted_ = {}; }

 private:
  Status check_free(const Job& job, const JobSpec& after, const LicenseCounts& more) const;
  Status check_limits(const Job& job, const JobSpec& after, const LicenseCounts& more) const;

  Controller& c_;
  TresCounts granted_;  // of this update, not yet in the state
};

}  // namespace slurmxx
