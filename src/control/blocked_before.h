// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What held a pending job back last, other than its place in the queue and want of room: sacct's Reason. It is derived
// from pass to pass, and becomes part of the log when the job starts or is cancelled.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "control/published.h"

namespace slurmxx {

// The view's reason becomes what held the job back last: of one that waits, what holds it back now.
void tell_last_block(const Published& published, JobView& view);

class BlockedBefore {
 public:
  // A pass has found `waits`; `before` is what the passes before it found.
  void passed(const Reasons::Rows& waits, const Reasons& before, bool whole);

  // As of now: `last` is what the last pass found. A task that was split off waited as its array.
  std::string of(const Job& job, const Reasons& last) const;

 private:
  using Known = std::map<JobId, std::shared_ptr<const Reason>>;
  std::string of(JobId job, const Reasons& last) const;

  Known known_;  // of jobs that wait for room or for their turn now
};

}  // namespace slurmxx
