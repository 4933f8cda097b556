// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// --dependency: what a waiting job's dependencies have come to. sbatch(1).
#pragma once

#include "control/controller.h"

namespace slurmxx {

class DependencyJudge {
 public:
  explicit DependencyJudge(Controller& controller) : c_(controller) {}

  // Of a submission or an update: the jobs are known, or are over and gone where that is what is waited for. `job`: of
  // the update, which may not come to wait for itself.
  Result<Dependencies> checked(const std::string& text, std::optional<JobId> job) const;
  void settle();  // all that may have changed

 private:
  enum class Verdict { waiting, met, failed };
  void review(JobId id);
  bool is_task_for_task(const Dependency& one, const Job& dependent) const;
  void split_tasks(JobId array);
  void split_off(JobId array, const IndexSet& tasks);
  void end_if_never(JobId id);
  Verdict judge(const Dependency& one, const Job& dependent) const;
  Verdict judge_counterparts(const Dependency& one, const Job& dependent) const;
  Verdict judge_singleton(const Job& dependent) const;
  std::optional<Instant> begun(const Dependency& one) const;
  std::optional<Instant> due_of(const Dependency& one) const;
  std::vector<const Job*> targets_of(const Dependency& one) const;
  std::vector<const Job*> news_of(const Dependency& one, JobId dependent) const;
  bool is_component(const Dependency& one) const;  // of the job that it names as its leader
  bool leads_to(JobId from, JobId to) const;

  Controller& c_;
};

}  // namespace slurmxx
