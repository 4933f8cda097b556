// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Which records belong to a job array, and how many of its tasks run: an index that follows from state.
#pragma once

#include <map>
#include <set>

#include "core/model/job.h"

namespace slurmxx {

class ArrayIndex {
 public:
  // What `job` is now.
  void note(const Job& job) {
    if (!job.array) return;
    Array& array = arrays_[job.array->array];
    array.parts.insert(job.id);
    job.runs() ? void(array.running.insert(job.id)) : void(array.running.erase(job.id));
    job.state == JobState::pending || !job.holds_nothing() ? void(array.open.insert(job.id))
                                                           : void(array.open.erase(job.id));
  }
  // The record is gone.
  void forget(JobId array, JobId part) {
    const auto at = arrays_.find(array);
    if (at == arrays_.end()) return;
    at->second.parts.erase(part);
    at->second.open.erase(part);
    if (at->second.parts.empty()) arrays_.erase(at);
  }

  // Rising; the record that was submitted is there as long as any other.
  const std::set<JobId>& parts(JobId array) const { return of(array).parts; }
  std::size_t running(JobId array) const { return of(array).running.size(); }
  bool is_over(JobId array) const { return of(array).open.empty() && of(array).running.empty(); }

 private:
  struct Array {
    std::set<JobId> parts, running, open;  // open: waits, or is still on a node
  };
  const Array& of(JobId array) const {
    static const Array none;
    const auto at = arrays_.find(array);
    return at == arrays_.end() ? none : at->second;
  }

  std::map<JobId, Array> arrays_;
};

}  // namespace slurmxx
