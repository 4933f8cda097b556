// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The users' crontabs: each entry is one job that waits for its next time, runs, and waits again. scrontab(1).
#pragma once

#include "control/controller.h"

namespace slurmxx {

class Crontabs {
 public:
  explicit Crontabs(Controller& controller) : c_(controller) {}

  Result<ClientReply> show(const CrontabRequest& request, const Caller& caller) const;
  // In place of the file before. Its jobs that wait are cancelled, those that run do not come again.
  Result<ClientReply> set(const SetCrontabRequest& request, const Caller& caller);

  void cancelled(const Job& job);  // its lines become comments
  void come_again();               // jobs that are over and have left their nodes

 private:
  Status check_rights(Uid user, const Caller& caller, bool change) const;
  Result<std::vector<JobId>> submit(const SetCrontabRequest& request, const Caller& caller);
  Result<JobSpec> with_next_time(JobSpec spec) const;
  std::vector<JobId> jobs_of(Uid user) const;
  void let_go(JobId job);

  Controller& c_;
};

}  // namespace slurmxx
