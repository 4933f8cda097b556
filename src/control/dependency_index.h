// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Which waiting jobs depend on which others, and which of them are to be looked at again: an index that follows from
// state. What the look finds is decided in control/dependencies.h.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/model/job.h"

namespace slurmxx {

class DependencyIndex {
 public:
  // What `job` is now, after an event of it.
  void note(const Job& job) {
    note_name(job);
    note_targets(job);
    touch(job.id);
    if (job.array) touch(job.array->array);
  }
  // The record is gone.
  void touch(JobId target) {
    for (auto [at, last] = dependents_.equal_range(target); at != last; ++at) due_.insert(at->second);
  }
  // Those that wait for a time after a start.
  void touch_delayed() { due_.insert(delayed_.begin(), delayed_.end()); }
  std::set<JobId> take_due() { return std::exchange(due_, {}); }

  // Jobs of the name and user that have not ended, rising.
  const std::set<JobId>& namesakes(const JobSpec& spec) const {
    static const std::set<JobId> none;
    const auto at = names_.find(key_of(spec));
    return at == names_.end() ? none : at->second.live;
  }

 private:
  using Key = std::pair<Uid, std::string>;
  struct Name {
    std::set<JobId> live, singletons;
  };
  static Key key_of(const JobSpec& spec) { return {spec.owner.uid, spec.labels.name}; }

  void note_name(const Job& job) {
    const auto known = key_of_.find(job.id);
    const bool live = !is_ended(job.state) || job.completing();
    if (known != key_of_.end() && (!live || known->second->first != key_of(*job.spec)))
      leave_name(job.id, known->second);
    if (!live) return;
    const auto at = names_.try_emplace(key_of(*job.spec)).first;
    at->second.live.insert(job.id);
    key_of_[job.id] = at;
  }
  void leave_name(JobId job, std::map<Key, Name>::iterator name) {
    name->second.live.erase(job);
    name->second.singletons.erase(job);
    due_.insert(name->second.singletons.begin(), name->second.singletons.end());
    key_of_.erase(job);
    if (name->second.live.empty()) names_.erase(name);
  }
  void note_targets(const Job& job) {
    const bool waits = job.state == JobState::pending && !job.dependencies.list.empty();
    const auto known = targets_.find(job.id);
    if (known == targets_.end() && !waits) return;
    if (known != targets_.end() && waits && known->second == job.dependencies) return;
    if (known != targets_.end()) {
      for (const Dependency& one : known->second.list) erase_dependent(one.job, job.id);
      targets_.erase(known);
    }
    delayed_.erase(job.id);
    if (!waits) return;
    targets_[job.id] = job.dependencies;
    due_.insert(job.id);
    for (const Dependency& one : job.dependencies.list) {
      dependents_.insert({one.job, job.id});
      if (one.delay.value > 0) delayed_.insert(job.id);
      if (one.kind == DependencyKind::singleton) key_of_.at(job.id)->second.singletons.insert(job.id);
    }
  }
  void erase_dependent(JobId target, JobId dependent) {
    for (auto [at, last] = dependents_.equal_range(target); at != last; ++at)
      if (at->second == dependent) {
        dependents_.erase(at);
        return;
      }
  }

  std::map<JobId, Dependencies> targets_;
  std::multimap<JobId, JobId> dependents_;
  std::map<Key, Name> names_;
  std::map<JobId, std::map<Key, Name>::iterator> key_of_;
  std::set<JobId> delayed_;
  std::set<JobId> due_;
};

}  // namespace slurmxx
