// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Which records belong to a job array, and how many of its tasks run: an index that follows from state.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "core/model/job.h"
#include "state/state.h"

namespace slurmxx {

class ArrayIndex {
 public:
  // What `job` is now.
  void note(const Job& job) {
    if (!job.array) return;
    Array& array = arrays_[job.array->array];
    array.parts.insert(job.id);
    note_tasks(array, job);
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
    forget_tasks(at->second, part);
    if (at->second.parts.empty()) arrays_.erase(at);
  }

  // Rising; the record that was submitted is there as long as any other.
  const std::set<JobId>& parts(JobId array) const { return of(array).parts; }
  // Those that hold one of these tasks.
  std::vector<JobId> parts_with(JobId array, const IndexSet& tasks, const State& state) const {
    const Array& known = of(array);
    std::vector<JobId> found;
    for (const JobId part : known.several)
      if (const Job* job = state.find(part); job && !job->array->tasks.common(tasks).empty()) found.push_back(part);
    if (tasks.size() < known.by_task.size()) {
      tasks.for_each([&](std::uint32_t task) {
        if (const auto one = known.by_task.find(task); one != known.by_task.end()) found.push_back(one->second);
        return true;
      });
    } else {
      for (const auto& [task, part] : known.by_task)
        if (tasks.contains(task)) found.push_back(part);
    }
    return found;
  }
  std::size_t running(JobId array) const { return of(array).running.size(); }
  bool is_over(JobId array) const { return of(array).open.empty() && of(array).running.empty(); }

 private:
  struct Array {
    std::set<JobId> parts, running, open;  // open: waits, or is still on a node
    std::set<JobId> several;               // parts of several tasks; those of one are in by_task
    std::map<std::uint32_t, JobId> by_task;
    std::map<JobId, std::uint32_t> task_of;
  };
  static void forget_tasks(Array& array, JobId part) {
    array.several.erase(part);
    const auto known = array.task_of.find(part);
    if (known == array.task_of.end()) return;
    if (const auto at = array.by_task.find(known->second); at != array.by_task.end() && at->second == part)
      array.by_task.erase(at);
    array.task_of.erase(known);
  }
  static void note_tasks(Array& array, const Job& job) {
    const IndexSet& tasks = job.array->tasks;
    const auto known = array.task_of.find(job.id);
    if (tasks.size() == 1 && known != array.task_of.end() && known->second == tasks.front()) return;
    forget_tasks(array, job.id);
    if (tasks.size() != 1) return void(array.several.insert(job.id));
    array.by_task[tasks.front()] = job.id;
    array.task_of[job.id] = tasks.front();
  }
  const Array& of(JobId array) const {
    static const Array none;
    const auto at = arrays_.find(array);
    return at == arrays_.end() ? none : at->second;
  }

  std::map<JobId, Array> arrays_;
};

}  // namespace slurmxx
