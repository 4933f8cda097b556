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
#include "core/model/ended_steps.h"
#include "core/model/job_spec.h"
#include "core/model/job_state.h"
#include "core/model/step.h"

namespace slurmxx {

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
  std::vector<NodeShare> shares;  // in node order
  bool whole_nodes = false;
  bool without_cpus = false;               // the job is or was suspended, and others may have its CPUs
  bool stands_aside = false;               // it was suspended for the sake of another, and goes on by itself
  std::optional<Charge> charge;            // absent: nobody is told of its time
  std::uint32_t jobs_per_core = 0;         // more than 1: so many jobs of its partition may have each of its cores
  bool time_sliced = false;                // it is suspended until its next time slice, and keeps its CPUs
  std::optional<NodeIndex> batch_host;     // absent: the first node
  std::string reservation;                 // a MAGNETIC one that drew the job in; empty: none, or that of its request
  std::uint32_t boots = 0;                 // its nodes are booted to have what this way, counted from 1, of giving it
                                           // its features asks for (boot_features.h); 0: none is
  std::uint32_t reservation_number = 0;    // of that which it runs in; 0: none
  std::optional<std::uint32_t> life = {};  // the job's restarts when it got this; absent: in an old log

  NodeIndex batch_node() const { return batch_host.value_or(shares.front().node); }
  const NodeShare& batch_share() const {
    for (const NodeShare& share : shares)
      if (share.node == batch_node()) return share;
    return shares.front();
  }

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "partition", self.partition);
    v(2, "shares", self.shares);
    v(3, "whole_nodes", self.whole_nodes);
    v(20, "without_cpus", self.without_cpus);
    v(21, "stands_aside", self.stands_aside);
    v(22, "charge", self.charge);
    v(152, "jobs_per_core", self.jobs_per_core);
    v(153, "time_sliced", self.time_sliced);
    v(154, "batch_host", self.batch_host);
    v(169, "reservation", self.reservation);
    v(260, "boots", self.boots);
    v(305, "reservation_number", self.reservation_number);
    v(341, "life", self.life);
  }
  bool operator==(const Allocation&) const = default;
};

// Where limits say how many jobs may grow older at a time (GrpJobsAccrue and its like).
struct AgeAccrual {
  bool held = false;             // its age does not count
  std::optional<Instant> since;  // it counts from here on; absent: from when it was eligible
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "held", self.held);
    v(2, "since", self.since);
  }
  bool operator==(const AgeAccrual&) const = default;
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
  AgeAccrual accrual;
  std::optional<Instant> resized;  // since when it has had the nodes of its allocation, if it gave others back
  Seconds ran_until_resized;       // that: how long it had run

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
    v(48, "accrual", self.accrual);
    v(53, "resized", self.resized);
    v(246, "ran_until_resized", self.ran_until_resized);
  }
  bool operator==(const JobTimes&) const = default;
};

// special_exit: of a job that was sent back in that state, held as by its user.
enum class Hold : std::uint8_t { none = 0, user = 1, admin = 2, special_exit = 3 };

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

// Which look at the queue started a job, as sacct --flags tells.
enum class StartedBy : std::uint8_t {
  unknown,
  submission,  // the look that its submission caused
  main,
  backfill,  // past others for whom room was set aside
};

// The life that the latest requeue ended, until the next start: nodes may still tell of its steps.
struct FormerLife {
  JobState state = JobState::cancelled;
  JobTimes times;
  std::vector<Step> steps;     // of which nodes had not told
  bool script_untold = false;  // likewise
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "state", self.state);
    v(2, "times", self.times);
    v(3, "steps", self.steps);
    v(4, "script_untold", self.script_untold);
  }
  bool operator==(const FormerLife&) const = default;
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
  ExitCode exit_of_steps;   // the highest of any step
  std::vector<Step> steps;  // that run, or of which a node has not told yet
  EndedSteps ended_steps;   // the others
  std::uint32_t next_step = 0;
  Uid cancelled_by;
  std::string end_reason;  // squeue's Reason of an ended or requeued job: NonZeroExitCode, TimeLimit, ...
  bool preparing = false;  // PrologSlurmctld is to end before anything is launched (CONFIGURING)
  bool closing = false;    // EpilogSlurmctld of the latest start is still to end

  bool runs() const { return state == JobState::running || state == JobState::suspended; }
  // That its nodes hold or have still to clear: until its next start a job that went back to the queue, even more than
  // once, has the one before on them.
  std::uint32_t life_on_nodes() const {
    if (times.started) return restarts;
    return allocation && allocation->life ? *allocation->life : restarts - 1;
  }
  std::optional<ArrayPart> array;
  Dependencies dependencies;                      // still to be met, or that can no longer be
  std::shared_ptr<const StepUsage> script_usage;  // of the latest start; null: not told
  StartedBy started_by = StartedBy::unknown;      // likewise
  std::string blocked_by;  // what held it back last before it started, but for Priority and Resources; empty: nothing
  std::shared_ptr<const FormerLife> former;  // null: nothing of it is missing

  std::optional<ArrayTask> array_task() const {
    if (!array || !array->split) return std::nullopt;
    return ArrayTask{array->array, array->tasks.front()};
  }
  bool is_special_exit() const { return state == JobState::pending && hold == Hold::special_exit; }
  bool is_expediting() const {
    return state == JobState::pending && spec->policy.expedited == id && hold == Hold::none;
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
    v(32, "ended_steps", self.ended_steps);
    v(52, "started_by", self.started_by);
    v(303, "former", self.former);
    v(352, "blocked_by", self.blocked_by);
  }
};

// What a command answers that waited for the job: the script's exit code, 1 when a signal or a scheduler ended it.
inline std::uint32_t exit_of_script(const Job& job) {
  if (job.exit.signal != 0) return 1;
  if (job.exit.status != 0) return job.exit.status;
  return job.state == JobState::completed ? 0 : 1;
}

// That it runs in, or asked for.
inline const std::string& reservation_of(const Job& job) {
  return job.allocation && !job.allocation->reservation.empty() ? job.allocation->reservation
                                                                : job.spec->labels.reservation;
}

}  // namespace slurmxx
