// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Which jobs wait, in the order in which the planner takes them: an index that follows from state, so that a look at
// the head of a long queue does not cost a look at all of it.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "core/model/job.h"

namespace slurmxx {

class PendingQueue {
 public:
  // What `job` is now: it enters, moves or leaves.
  void note(const Job& job, std::uint32_t priority) {
    const auto known = ranks_.find(job.id);
    if (known != ranks_.end()) order_.erase({known->second, job.id});
    impatient_.erase(job.id);
    dated_.erase(job.id);
    expediting_.erase(job.id);
    if (job.state != JobState::pending) {
      if (known != ranks_.end()) ranks_.erase(known);
      return;
    }
    const std::int64_t rank = -std::int64_t{priority};
    ranks_[job.id] = rank;
    if (priority > 0) order_.insert({rank, job.id});
    if (job.spec->policy.immediate && job.restarts == 0) impatient_.insert(job.id);
    if (job.spec->times.deadline) dated_.insert(job.id);
    if (job.is_expediting()) expediting_.insert(job.id);
  }

  // Its place as priorities are now.
  void rerank(JobId job, std::uint32_t priority) {
    const auto known = ranks_.find(job);
    const std::int64_t rank = -std::int64_t{priority};
    if (known == ranks_.end() || known->second == rank) return;
    order_.erase({known->second, job});
    known->second = rank;
    if (priority > 0) order_.insert({rank, job});
  }

  std::size_t size() const { return ranks_.size(); }
  bool empty() const { return ranks_.empty(); }
  const std::map<JobId, std::int64_t>& all() const { return ranks_; }
  const std::set<JobId>& dated() const { return dated_; }            // --deadline
  const std::set<JobId>& expediting() const { return expediting_; }  // their last nodes are kept for them
  const std::set<JobId>& impatient() const { return impatient_; }    // --immediate

  // The first of those that are not held, at most `count`: by priority, then by number.
  std::vector<JobId> head(std::size_t count) const {
    std::vector<JobId> jobs;
    for (auto at = order_.begin(); at != order_.end() && jobs.size() < count; ++at) jobs.push_back(at->second);
    return jobs;
  }

 private:
  std::map<JobId, std::int64_t> ranks_;
  std::set<std::pair<std::int64_t, JobId>> order_;
  std::set<JobId> impatient_;
  std::set<JobId> dated_;
  std::set<JobId> expediting_;
};

}  // namespace slurmxx
