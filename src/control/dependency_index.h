// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Which waiting jobs depend on which others, and which of them are to be looked at again: an index that follows from
// state. What the look finds is decided in control/dependencies.h.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/model/job.h"

namespace slurmxx {

class DependencyIndex {
 public:
  // What `job` is now, after an event of it.
  void note(const Job& job) {
    note_name(job);
    note_targets(job);
    if (!job.array || job.id != job.array->array) touch(job.id);
    if (!job.array) return;
    touch_all_but_counterparts(job.array->array);
    touch_counterparts(job);
    if (is_ended(job.state)) ended_[job.array->array].insert(job.id);
  }
  // The record is gone.
  void touch(JobId target) {
    touch_all_but_counterparts(target);
    for (auto at = counterparts_.lower_bound({target, 0}); at != counterparts_.end() && at->first.first == target; ++at)
      due_.insert(at->second.begin(), at->second.end());
  }
  // Those that wait for a time after a start.
  void touch_delayed() { due_.insert(delayed_.begin(), delayed_.end()); }
  std::set<JobId> take_due() {
    settled_.ended = std::exchange(ended_, {});
    settled_.fresh = std::exchange(fresh_, {});
    return std::exchange(due_, {});
  }
  // Of those that take_due() gave last: it is due because it waits for something new, so that all is to be looked at;
  // else of an array only what has come to an end since the look before.
  bool is_fresh(JobId job) const { return settled_.fresh.contains(job); }
  const std::set<JobId>& ended_of(JobId array) const {
    static const std::set<JobId> none;
    const auto at = settled_.ended.find(array);
    return at == settled_.ended.end() ? none : at->second;
  }

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
    if (known != targets_.end() && waits && known->second.dependencies == job.dependencies) return;
    if (known != targets_.end()) {
      for (const Dependency& one : known->second.dependencies.list) erase_dependent(one, job.id, known->second);
      targets_.erase(known);
    }
    delayed_.erase(job.id);
    if (!waits) return;
    Waiting& waiting = targets_[job.id];
    waiting.dependencies = job.dependencies;
    if (job.array && job.array->tasks.size() == 1) waiting.task = job.array->tasks.front();
    due_.insert(job.id);
    fresh_.insert(job.id);
    for (const Dependency& one : job.dependencies.list) {
      if (waits_for_counterpart(one, waiting))
        counterparts_[{one.job, *waiting.task}].insert(job.id);
      else
        dependents_.insert({one.job, job.id});
      if (one.delay.value > 0) delayed_.insert(job.id);
      if (one.kind == DependencyKind::singleton) key_of_.at(job.id)->second.singletons.insert(job.id);
    }
  }
  struct Waiting {
    Dependencies dependencies;
    std::optional<std::uint32_t> task;  // of an array, and alone when it came to wait
  };
  static bool waits_for_counterpart(const Dependency& one, const Waiting& waiting) {
    return one.kind == DependencyKind::aftercorr && !one.task && waiting.task;
  }
  void erase_dependent(const Dependency& one, JobId dependent, const Waiting& waiting) {
    if (waits_for_counterpart(one, waiting)) {
      const auto at = counterparts_.find({one.job, *waiting.task});
      if (at == counterparts_.end()) return;  // it was named twice
      at->second.erase(dependent);
      if (at->second.empty()) counterparts_.erase(at);
      return;
    }
    for (auto [at, last] = dependents_.equal_range(one.job); at != last; ++at)
      if (at->second == dependent) {
        dependents_.erase(at);
        return;
      }
  }

  void touch_all_but_counterparts(JobId target) {
    for (auto [at, last] = dependents_.equal_range(target); at != last; ++at) due_.insert(at->second);
  }
  // Of several tasks that are not over nobody hears: their counterparts wait as before.
  void touch_counterparts(const Job& job) {
    const IndexSet& tasks = job.array->tasks;
    const JobId array = job.array->array;
    const bool is_one = tasks.size() == 1;
    if (!is_one && !is_ended(job.state)) return;
    auto at = counterparts_.lower_bound({array, is_one ? tasks.front() : 0});
    for (; at != counterparts_.end() && at->first.first == array; ++at) {
      if (is_one && at->first.second != tasks.front()) return;
      if (tasks.contains(at->first.second)) due_.insert(at->second.begin(), at->second.end());
    }
  }

  using Task = std::pair<JobId, std::uint32_t>;  // of an array
  std::map<JobId, Waiting> targets_;
  std::multimap<JobId, JobId> dependents_;        // but those of counterparts_
  std::map<Task, std::set<JobId>> counterparts_;  // single tasks of other arrays that wait for this one (aftercorr)
  std::map<JobId, std::set<JobId>> ended_;        // by array: parts that have come to an end
  std::set<JobId> fresh_;                         // wait for something new
  struct {
    std::map<JobId, std::set<JobId>> ended;
    std::set<JobId> fresh;
  } settled_;  // what was taken last
  std::map<Key, Name> names_;
  std::map<JobId, std::map<Key, Name>::iterator> key_of_;
  std::set<JobId> delayed_;
  std::set<JobId> due_;
};

}  // namespace slurmxx
