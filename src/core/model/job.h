// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A job as the controller knows it: the specification, where it runs and what became of it. Waiting reason, priority
// and expected start are derived by the planner and not kept here.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/model/dependency.h"
#include "core/model/gres.h"
#include "core/model/job_spec.h"
#include "core/model/job_state.h"
#include "core/model/usage.h"

namespace slurmxx {

struct ExitCode {
  std::uint32_t status = 0;
  std::uint32_t signal = 0;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "status", self.status);
    v(2, "signal", self.signal);
  }
  bool operator==(const ExitCode&) const = default;
};

// What a job holds on one node.
struct NodeShare {
  NodeIndex node;
  std::uint32_t cpus = 0;
  MebiBytes memory;
  std::vector<std::uint32_t> cpu_ids;  // abstract ids, 0..cpus of the node - 1, rising
  std::vector<GresShare> gres;         // in the order of the node's pools

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "node", self.node);
    v(2, "cpus", self.cpus);
    v(3, "memory", self.memory);
    v(4, "cpu_ids", self.cpu_ids);
    v(5, "gres", self.gres);
  }
  bool operator==(const NodeShare&) const = default;
};

// Whom the time of an allocation is charged to, and how dear a second of it is.
struct Charge {
  std::uint32_t association = 0;  // by id; 0: none
  std::uint32_t qos = 0;
  std::uint32_t partition_qos = 0;  // beside it
  double billing = 0;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "association", self.association);
    v(2, "qos", self.qos);
    v(3, "partition_qos", self.partition_qos);
    v(4, "billing", self.billing);
  }
  bool operator==(const Charge&) const = default;
};

struct Allocation {
  std::string partition;
  std::vector<NodeShare> shares;  // in node order; the first is the batch host
  bool whole_nodes = false;
  bool without_cpus = false;     // the job is or was suspended, and others may have its CPUs
  bool stands_aside = false;     // it was suspended for the sake of another, and goes on by itself
  std::optional<Charge> charge;  // absent: nobody is told of its time

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "partition", self.partition);
    v(2, "shares", self.shares);
    v(3, "whole_nodes", self.whole_nodes);
    v(20, "without_cpus", self.without_cpus);
    v(21, "stands_aside", self.stands_aside);
    v(22, "charge", self.charge);
  }
  bool operator==(const Allocation&) const = default;
};

struct JobTimes {
  Instant submitted;
  std::optional<Instant> eligible;
  std::optional<Instant> started;
  std::optional<Instant> limit_at;  // when the time limit strikes; absent: none, or not running
  std::optional<Instant> ended;
  std::optional<Instant> suspended;  // when it was last suspended or resumed
  Seconds ran_before;                // that: how long it had run
  std::optional<Instant> preempted;  // when it was last chosen to make room for another

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "submitted", self.submitted);
    v(2, "eligible", self.eligible);
    v(3, "started", self.started);
    v(4, "limit_at", self.limit_at);
    v(5, "ended", self.ended);
    v(6, "suspended", self.suspended);
    v(7, "ran_before", self.ran_before);
    v(8, "preempted", self.preempted);
  }
  bool operator==(const JobTimes&) const = default;
};

enum class Hold : std::uint8_t { none = 0, user = 1, admin = 2 };

// A kill that was ordered and not yet reported done: an outstanding effect, recomputed from here after recovery.
struct KillOrder {
  JobState end_state = JobState::cancelled;
  Uid by;
  Instant at;
  bool requeue = false;
  Hold hold_after = Hold::none;
  std::optional<Instant> due = {};  // of a job that is preempted: when its time of grace is over

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "end_state", self.end_state);
    v(2, "by", self.by);
    v(3, "at", self.at);
    v(4, "requeue", self.requeue);
    v(5, "hold_after", self.hold_after);
    v(6, "due", self.due);
  }
  bool operator==(const KillOrder&) const = default;
};

// How long it has run by then, without the time that it was suspended.
inline Seconds run_time(const JobTimes& times, bool suspended, Instant by) {
  if (!times.started) return Seconds(0);
  if (suspended) return times.ran_before;
  return times.ran_before + (by - times.suspended.value_or(*times.started));
}

struct Step {
  StepId id;
  std::string name;
  std::uint32_t tasks = 0;
  std::vector<NodeShare> shares;
  Instant started;
  std::optional<Instant> ended;
  ExitCode exit;                      // the highest of its nodes
  std::vector<NodeIndex> unfinished;  // nodes whose tasks are not over
  bool overlap = false;               // other steps may have its CPUs too
  std::optional<StepUsage> usage;     // of the nodes that have told
  std::vector<NodeIndex> untold;      // nodes that had not told of their tasks when the step was over

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "id", self.id);
    v(2, "name", self.name);
    v(3, "tasks", self.tasks);
    v(4, "shares", self.shares);
    v(5, "started", self.started);
    v(6, "ended", self.ended);
    v(7, "exit", self.exit);
    v(8, "unfinished", self.unfinished);
    v(9, "overlap", self.overlap);
    v(10, "usage", self.usage);
    v(11, "untold", self.untold);
  }
  bool operator==(const Step&) const = default;
};

// What a record of a job array stands for: one task that was split off, or all those that still wait together. The
// record that was submitted keeps the array's id and is the last to become a task.
struct ArrayPart {
  JobId array;
  IndexSet tasks;                   // never empty
  bool split = false;               // one task, with a record of its own
  std::uint32_t exit_of_tasks = 0;  // the highest so far, as sbatch --wait has it; of the record that was submitted

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "array", self.array);
    v(2, "tasks", self.tasks);
    v(3, "split", self.split);
    v(4, "exit_of_tasks", self.exit_of_tasks);
  }
  bool operator==(const ArrayPart&) const = default;
};

struct Job {
  JobId id;
  std::shared_ptr<const JobSpec> spec;  // shared between versions of the job; never null in state
  JobState state = JobState::pending;
  JobTimes times;
  Hold hold = Hold::none;
  std::uint32_t restarts = 0;  // how often it went back to the queue; a launch carries it, older reports are ignored
  std::optional<std::uint32_t> priority;  // set by hand; absent: derived
  std::optional<Allocation> allocation;   // of the latest start
  std::vector<NodeIndex> unfinished;      // nodes of the allocation that have not reported the end (COMPLETING)
  std::optional<KillOrder> kill;
  ExitCode exit;
  ExitCode exit_of_steps;  // the highest of any step
  std::vector<Step> steps;
  std::uint32_t next_step = 0;
  Uid cancelled_by;
  std::string end_reason;  // squeue's Reason of an ended or requeued job: NonZeroExitCode, TimeLimit, ...
  bool preparing = false;  // PrologSlurmctld is to end before anything is launched (CONFIGURING)
  bool closing = false;    // EpilogSlurmctld of the latest start is still to end

  bool runs() const { return state == JobState::running || state == JobState::suspended; }
  std::optional<ArrayPart> array;
  Dependencies dependencies;                      // still to be met, or that can no longer be
  std::shared_ptr<const StepUsage> script_usage;  // of the latest start; null: not told

  std::optional<ArrayTask> array_task() const {
    if (!array || !array->split) return std::nullopt;
    return ArrayTask{array->array, array->tasks.front()};
  }
  bool waits_as_array() const { return array && !array->split; }  // no task of its own: it cannot start
  bool is_preempted() const { return runs() && kill && kill->end_state == JobState::preempted; }  // in its grace
  bool without_cpus() const { return allocation && allocation->without_cpus; }
  bool holds_nothing() const { return unfinished.empty() && !closing; }
  bool completing() const { return !holds_nothing() && !runs(); }

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "id", self.id);
    v(2, "spec", self.spec);
    v(3, "state", self.state);
    v(4, "times", self.times);
    v(5, "hold", self.hold);
    v(6, "restarts", self.restarts);
    v(7, "priority", self.priority);
    v(8, "allocation", self.allocation);
    v(9, "unfinished", self.unfinished);
    v(10, "kill", self.kill);
    v(11, "exit", self.exit);
    v(12, "exit_of_steps", self.exit_of_steps);
    v(13, "steps", self.steps);
    v(14, "next_step", self.next_step);
    v(15, "cancelled_by", self.cancelled_by);
    v(16, "end_reason", self.end_reason);
    v(18, "preparing", self.preparing);  // 17 was used before the first release
    v(19, "closing", self.closing);
    v(20, "array", self.array);
    v(21, "dependencies", self.dependencies);
    v(22, "script_usage", self.script_usage);
  }
};

// What a command answers that waited for the job: the script's exit code, 1 when a signal or a scheduler ended it.
inline std::uint32_t exit_of_script(const Job& job) {
  if (job.exit.signal != 0) return 1;
  if (job.exit.status != 0) return job.exit.status;
  return job.state == JobState::completed ? 0 : 1;
}

}  // namespace slurmxx
