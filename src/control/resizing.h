// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A job that runs gives nodes back: scontrol update NumNodes= or NodeList= (scontrol(1)). What of it runs there is
// ended, and nobody else gets the node before it has been cleared.
#pragma once

#include "control/controller.h"
#include "control/update_keys.h"

namespace slurmxx {

class Resizing {
 public:
  explicit Resizing(Controller& controller) : c_(controller) {}

  // What is left for a job by the draft of an update; nothing: all of it.
  Result<std::optional<Allocation>> smaller(const Job& job, const JobDraft& draft) const;
  void carry_out(JobChanged change);

 private:
  Result<std::vector<NodeIndex>> kept(const Job& job, const JobDraft& draft) const;

  Controller& c_;
};

}  // namespace slurmxx
