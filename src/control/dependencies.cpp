// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/dependencies.h"

#include <algorithm>

#include "control/mail.h"
#include "control/scheduling.h"

namespace slurmxx {
namespace {

using Kind = DependencyKind;

bool is_over(const Job& job) { return is_ended(job.state) && !job.completing(); }
bool went_well(const Job& job) { return job.state == JobState::completed; }

// Whether what is over and gone can be taken to have met it: how it went is not known any more.
bool needs_no_record(Kind kind) { return kind == Kind::after || kind == Kind::afterany || kind == Kind::afterburst; }

}  // namespace

// What is gone is no longer told from it.
bool DependencyJudge::is_component(const Dependency& one) const {
  const Job* job = c_.state_.find(one.job);
  return !job || (job->spec->het && job->spec->het->leader == *one.leader);
}

std::vector<const Job*> DependencyJudge::targets_of(const Dependency& one) const {
  const Job* job = c_.state_.find(one.job);
  if (!job) return {};
  if (!job->array || job->array->array != one.job) return one.task ? std::vector<const Job*>() : std::vector{job};
  std::vector<const Job*> parts;
  for (const JobId id : c_.index_.arrays.parts(one.job)) {
    const Job* part = c_.state_.find(id);
    if (!one.task || part->array->tasks.contains(*one.task)) parts.push_back(part);
  }
  return parts;
}

Result<Dependencies> DependencyJudge::checked(const std::string& text, std::optional<JobId> job) const {
  TRY_ASSIGN(Dependencies all, parse_dependencies(text));
  for (const Dependency& one : all.list) {
    if (one.kind == Kind::singleton) continue;
    const bool was_there = one.job < c_.state_.next_job_id();
    const bool is_there = !targets_of(one).empty();
    if (one.leader && !is_component(one)) return fail(Errc::dependency);
    if (!is_there && !(was_there && needs_no_record(one.kind) && !c_.state_.find(one.job)))
      return fail(Errc::dependency);
    if (job && leads_to(one.job, *job)) return fail(Errc::error, "Circular job dependency");
  }
  return all;
}

bool DependencyJudge::leads_to(JobId from, JobId to) const {
  std::set<JobId> seen;
  std::vector<JobId> open{from};
  while (!open.empty()) {
    const JobId id = open.back();
    open.pop_back();
    if (id == to) return true;
    const Job* job = c_.state_.find(id);
    if (!job || job->state != JobState::pending || !seen.insert(id).second) continue;
    for (const Dependency& one : job->dependencies.list) open.push_back(one.job);
  }
  return false;
}

void DependencyJudge::settle() {
  // What ends here may be what others wait for.
  for (std::set<JobId> due = c_.index_.dependencies.take_due(); !due.empty(); due = c_.index_.dependencies.take_due())
    for (const JobId id : due) review(id);
}

void DependencyJudge::review(JobId id) {
  split_tasks(id);
  const Job* job = c_.state_.find(id);
  if (!job || job->state != JobState::pending || job->dependencies.list.empty()) return;
  Dependencies left = job->dependencies;
  bool one_met = false;
  for (Dependency& one : left.list) {
    one.failed = false;
    if (one.kind == Kind::after && one.delay.value > 0 && !one.due) one.due = due_of(one);
  }
  std::erase_if(left.list, [&](Dependency& one) {
    const Verdict verdict = judge(one, *job);
    one.failed = verdict == Verdict::failed;
    one_met = one_met || verdict == Verdict::met;
    return verdict == Verdict::met;
  });
  if (left.any && one_met) left.list.clear();
  if (left.list != job->dependencies.list) {
    const bool was_never = job->dependencies.state() == DependencyState::never;
    JobChanged change{id};
    change.dependencies = std::move(left);
    c_.emit(std::move(change));
    const Job& changed = *c_.state_.find(id);
    if (!was_never && changed.dependencies.state() == DependencyState::never) Mail(c_).tell_never(changed);
  }
  end_if_never(id);
}

// --kill-on-invalid-dep, or for all jobs SchedulerParameters=kill_invalid_depend.
void DependencyJudge::end_if_never(JobId id) {
  const Job& job = *c_.state_.find(id);
  if (job.dependencies.state() != DependencyState::never) return;
  const bool ends =
      job.spec->policy.kill_on_invalid_dependency.value_or(c_.config().scheduling.says("kill_invalid_depend"));
  if (ends) Scheduling(c_).end_pending(id, JobState::cancelled, "DependencyNeverSatisfied");
}

// Of the array that waits for another one, task for task.
bool DependencyJudge::is_task_for_task(const Dependency& one, const Job& dependent) const {
  if (one.kind != Kind::aftercorr || one.task || !dependent.array) return false;
  const Job* target = c_.state_.find(one.job);
  return target && target->array && target->array->array == one.job;
}

// Tasks whose counterparts are over, or are not there, go on by themselves.
void DependencyJudge::split_tasks(JobId array) {
  const Job* job = c_.state_.find(array);
  if (!job || job->state != JobState::pending || !job->waits_as_array()) return;
  const Dependencies dependencies = job->dependencies;
  for (const Dependency& one : dependencies.list) {
    if (!is_task_for_task(one, *c_.state_.find(array))) continue;
    split_off(array, c_.state_.find(array)->array->tasks.without(c_.state_.find(one.job)->spec->array->indices));
    for (const Job* target : news_of(one, array))
      if (is_over(*target)) split_off(array, c_.state_.find(array)->array->tasks.common(target->array->tasks));
  }
}

// Records of the array that it waits for: all, or those that have ended since it was looked at.
std::vector<const Job*> DependencyJudge::news_of(const Dependency& one, JobId dependent) const {
  const DependencyIndex& index = c_.index_.dependencies;
  if (index.is_fresh(dependent)) return targets_of(one);
  std::vector<const Job*> found;
  for (const JobId id : index.ended_of(one.job))
    if (const Job* part = c_.state_.find(id)) found.push_back(part);
  return found;
}

void DependencyJudge::split_off(JobId array, const IndexSet& tasks) {
  const Job& job = *c_.state_.find(array);
  const bool all = job.array->tasks.without(tasks).empty();
  const bool is_task = tasks.size() == 1;
  if (tasks.empty() || !job.waits_as_array() || (all && !is_task)) return;
  c_.emit(ArraySplit{array, all ? array : c_.new_job_id(), tasks, is_task});
}

// Of tasks that go on together: their counterparts are one record, or none.
DependencyJudge::Verdict DependencyJudge::judge_counterparts(const Dependency& one, const Job& dependent) const {
  const Job& array = *c_.state_.find(one.job);
  const IndexSet& tasks = dependent.array->tasks;
  if (tasks.common(array.spec->array->indices).empty()) return Verdict::failed;
  if (!is_over(array) && !array.array->tasks.common(tasks).empty()) return Verdict::waiting;
  bool well = array.array->exit_of_tasks == 0;  // of those that are over and gone
  for (const JobId part : c_.index_.arrays.parts_with(one.job, tasks, c_.state_)) {
    const Job* target = c_.state_.find(part);
    if (!is_over(*target)) return Verdict::waiting;
    well = went_well(*target);
  }
  return well ? Verdict::met : Verdict::failed;
}

DependencyJudge::Verdict DependencyJudge::judge(const Dependency& one, const Job& dependent) const {
  if (one.kind == Kind::singleton) return judge_singleton(dependent);
  if (one.due) return *one.due > c_.now_.wall ? Verdict::waiting : Verdict::met;
  if (is_task_for_task(one, dependent)) return judge_counterparts(one, dependent);
  const std::vector<const Job*> targets = targets_of(one);
  if (targets.empty()) return needs_no_record(one.kind) ? Verdict::met : Verdict::failed;
  if (one.kind == Kind::after) return begun(one) ? Verdict::met : Verdict::waiting;
  const bool over = std::all_of(targets.begin(), targets.end(), [](const Job* job) { return is_over(*job); });
  if (one.kind == Kind::afterany || one.kind == Kind::afterburst) return over ? Verdict::met : Verdict::waiting;
  bool bad =
      std::any_of(targets.begin(), targets.end(), [](const Job* job) { return is_over(*job) && !went_well(*job); });
  if (!one.task && targets.front()->array) bad = bad || targets.front()->array->exit_of_tasks != 0;  // of those purged
  if (one.kind == Kind::afternotok) {
    if (!over) return Verdict::waiting;
    return bad ? Verdict::met : Verdict::failed;
  }
  if (bad) return Verdict::failed;
  return over ? Verdict::met : Verdict::waiting;
}

// When all of them had begun; nothing: one has not, or none is known.
std::optional<Instant> DependencyJudge::begun(const Dependency& one) const {
  std::optional<Instant> last;
  for (const Job* job : targets_of(one)) {
    const auto begun = job->times.started ? job->times.started : job->times.ended;
    if (!begun) return {};
    last = std::max(last.value_or(*begun), *begun);
  }
  return last;
}

std::optional<Instant> DependencyJudge::due_of(const Dependency& one) const {
  const auto begun = this->begun(one);
  return begun ? std::optional(*begun + to_seconds(one.delay)) : std::nullopt;
}

DependencyJudge::Verdict DependencyJudge::judge_singleton(const Job& dependent) const {
  for (const JobId id : c_.index_.dependencies.namesakes(*dependent.spec)) {
    if (id >= dependent.id) return Verdict::met;
    const Job* other = c_.state_.find(id);
    const bool same_array = other && other->array && dependent.array && other->array->array == dependent.array->array;
    if (!same_array) return Verdict::waiting;
  }
  return Verdict::met;
}

}  // namespace slurmxx
