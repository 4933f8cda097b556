// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Allocations that belong to a command (JobPolicy::held_by). The session on which the command asked holds its job. When
// it closes the command may be back: it asks again for MessageTimeout. Then a pending job is cancelled, and so is a
// running one of srun without a step; while a step runs, srun and the nodes may be talking without us. A running one of
// salloc has InactiveLimit, 0: it stays. Not in the log: after a restart every such job is without its command until
// that speaks again, or gives the job back.
#pragma once

#include "control/controller.h"

namespace slurmxx {

class Attendance {
 public:
  explicit Attendance(Controller& controller) : c_(controller) {}

  void speaks(SessionId session, const Caller& caller, JobId job);
  void closed(SessionId session);
  void everyone_away();
  void end_abandoned();

 private:
  bool abandoned(const Job& job, MonoTime& since) const;
  Controller& c_;
};

}  // namespace slurmxx
