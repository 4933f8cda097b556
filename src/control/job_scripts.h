// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What must have ended before a job is launched, told to its user, or gone: PrologSlurmctld and EpilogSlurmctld on the
// controller's host, which the log knows of, and the prologs that nodes run at the allocation (PrologFlags=Alloc),
// which every node tells anew. A script that ran when slurmctld ended is run again. slurm.conf(5).
#pragma once

#include "control/controller.h"

namespace slurmxx {

class JobScripts {
 public:
  explicit JobScripts(Controller& controller) : c_(controller) {}

  void run_owed();  // after a start
  // After an event of this job.
  void follow(const JobStarted& event, const Job& job);
  void follow(const JobEnded& event, const Job& job) { over(event.closing, job); }
  void follow(const JobRequeued& event, const Job& job) { over(event.closing, job); }
  void follow(const JobLeftNode& event, const Job&) { prepared(event.job, event.node); }
  template <class Other>
  void follow(const Other&, const Job&) {}

  void tell_unprepared();       // those that wait have changed
  void nodes_ready(JobId job);  // those of its nodes that were off are on: the prolog, or the launch
  void ended(const SiteScriptEnded& end);
  void prepared(JobId job, NodeIndex node);

 private:
  void run(const Job& job, bool is_epilog);
  void over(bool closing, const Job& job);
  void prolog_failed(const Job& job);

  Controller& c_;
};

}  // namespace slurmxx
