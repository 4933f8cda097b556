// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The events of the log: everything that changes what the cluster will do, and nothing else. An event carries all that
// apply() needs, so a replay reads no other file. The variant's order is the event's number on disk: append only.
// How to add one: docs/checklists/event.md.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/accounting/book.h"
#include "core/model/job.h"
#include "core/model/node.h"
#include "core/model/partition.h"
#include "state/dynamic_events.h"
#include "state/record_actor.h"
#include "state/site_events.h"
#include "state/step_events.h"

namespace slurmxx {

// A controller took the log: everything of an older epoch is void.
struct EpochBegan {
  Epoch epoch;
  std::string host;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "epoch", self.epoch);
    v(2, "host", self.host);
  }
};

// The configuration in force: its text, and the nodes and partitions it declares.
struct ClusterConfigured {
  struct NodeRow {
    std::string name;
    NodeShape shape;
    std::string features;
    std::uint32_t weight = 1;
    NodeBase base = NodeBase::unknown;  // what State= says; unknown keeps what the cluster knows
    std::string gres = {};              // as declared
    bool cloud = false;                 // State=CLOUD
    std::string dynamic = {};           // as Node::dynamic
    template <class Self, class V>
    static void describe(Self& self, V& v) {
      v(1, "name", self.name);
      v(2, "shape", self.shape);
      v(3, "features", self.features);
      v(4, "weight", self.weight);
      v(5, "base", self.base);
      v(6, "gres", self.gres);
      v(20, "cloud", self.cloud);
      v(120, "dynamic", self.dynamic);
    }
  };
  std::string text;
  std::vector<NodeRow> nodes;  // NodeIndex is the place in this list
  std::vector<Partition> partitions;
  JobId first_job_id{1};
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "text", self.text);
    v(2, "nodes", self.nodes);
    v(3, "partitions", self.partitions);
    v(4, "first_job_id", self.first_job_id);
  }
};

struct JobSubmitted {
  JobId job;
  std::shared_ptr<const JobSpec> spec;
  Hold hold = Hold::none;
  Dependencies dependencies = {};
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "spec", self.spec);
    v(3, "hold", self.hold);
    v(4, "dependencies", self.dependencies);
  }
};

// All components of a heterogeneous job, or none: a log that ends here has no half of one.
struct HetJobSubmitted {
  JobId job;  // the leader
  std::vector<JobSubmitted> components;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "components", self.components);
  }
};

// What an update or a hold leaves behind; absent: unchanged.
struct JobChanged {
  JobId job;
  std::shared_ptr<const JobSpec> spec;
  std::optional<Hold> hold;
  std::optional<std::uint32_t> priority;
  bool priority_derived = false;                  // back to the derived one
  std::optional<TimeLimit> running_limit;         // counted from the start of a job that runs
  std::optional<Dependencies> dependencies = {};  // also what has become of them meanwhile
  std::string held_for = {};                      // Job::end_reason of one that is held
  std::optional<AgeAccrual> accrual = {};
  std::optional<Allocation> shrunk_to = {};  // of one that runs: nodes that it had are given back
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "spec", self.spec);
    v(3, "hold", self.hold);
    v(4, "priority", self.priority);
    v(5, "priority_derived", self.priority_derived);
    v(6, "running_limit", self.running_limit);
    v(7, "dependencies", self.dependencies);
    v(218, "held_for", self.held_for);
    v(47, "accrual", self.accrual);
    v(223, "shrunk_to", self.shrunk_to);
  }
};

struct JobStarted {
  JobId job;
  Allocation allocation;
  std::optional<Instant> limit_at;
  bool preparing = false;  // PrologSlurmctld comes first
  StartedBy by = StartedBy::unknown;
  std::string blocked_by = {};  // Job::blocked_by
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "allocation", self.allocation);
    v(3, "limit_at", self.limit_at);
    v(4, "preparing", self.preparing);
    v(53, "by", self.by);
    v(350, "blocked_by", self.blocked_by);
  }
};

struct JobKillOrdered {
  JobId job;
  KillOrder order;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "order", self.order);
  }
};

// The job ended; its nodes are still to report that nothing of it is left.
struct JobEnded {
  JobId job;
  JobState state = JobState::completed;
  ExitCode exit;
  std::string reason;
  bool closing = false;                                // EpilogSlurmctld follows
  std::shared_ptr<const StepUsage> script_usage = {};  // when the end of the script is what ends it
  std::string blocked_by = {};                         // Job::blocked_by, of one that never started
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "state", self.state);
    v(3, "exit", self.exit);
    v(4, "reason", self.reason);
    v(5, "closing", self.closing);
    v(6, "script_usage", self.script_usage);
    v(351, "blocked_by", self.blocked_by);
  }
};

// The job goes back to the queue as its next incarnation.
struct JobRequeued {
  JobId job;
  Hold hold = Hold::none;
  std::string reason;
  bool closing = false;                  // as JobEnded::closing
  std::optional<Instant> eligible = {};  // not to start before then
  bool expedited = false;                // --requeue=expedite: before all others, and its nodes are kept for it
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "hold", self.hold);
    v(3, "reason", self.reason);
    v(4, "closing", self.closing);
    v(9, "eligible", self.eligible);
    v(270, "expedited", self.expedited);
  }
};

// One node has nothing left of a job that ended or went back to the queue (or was declared DOWN).
struct JobLeftNode {
  JobId job;
  NodeIndex node;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "node", self.node);
  }
};

struct JobPurged {
  JobId job;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
  }
};

struct NodeRegistered {
  NodeIndex node;
  NodeRegistration registration;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "node", self.node);
    v(2, "registration", self.registration);
  }
};

// The condition as it is from now on: drained, down, resumed, not responding.
struct NodeConditionSet {
  NodeIndex node;
  NodeCondition condition;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "node", self.node);
    v(2, "condition", self.condition);
  }
};

// scontrol update of what is no condition; absent: unchanged.
struct NodeChanged {
  NodeIndex node;
  std::optional<std::uint32_t> weight;
  std::optional<std::string> features_active;
  std::optional<std::string> comment;
  std::optional<std::string> extra;
  std::optional<NodePower> power = {};
  std::optional<NodeOverrides> overrides = {};
  std::optional<bool> dynamic_future = {};
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "node", self.node);
    v(2, "weight", self.weight);
    v(3, "features_active", self.features_active);
    v(4, "comment", self.comment);
    v(5, "extra", self.extra);
    v(20, "power", self.power);
    v(21, "overrides", self.overrides);
    v(121, "dynamic_future", self.dynamic_future);
  }
};

// PrologSlurmctld has ended well: the job may be launched. Or EpilogSlurmctld has ended, however it did.
struct JobScriptEnded {
  JobId job;
  bool is_epilog = false;
  bool limit_begins = false;  // the time that its nodes took to come does not count
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "is_epilog", self.is_epilog);
    v(3, "limit_begins", self.limit_begins);
  }
};

// Tasks leave the record of those that wait and get one of their own; all of it, if that is the last: `part` is then
// the record itself.
struct ArraySplit {
  JobId job;
  JobId part;
  IndexSet tasks;
  bool is_task = false;  // one, which may start
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "part", self.part);
    v(3, "tasks", self.tasks);
    v(4, "is_task", self.is_task);
  }
};

// What slurmdbd has told: who may use what. A whole book replaces the one before.
struct AccountsChanged {
  BookChange change;
  bool whole = false;
  bool keeps_usage = false;  // what associations that go have used stays with the accounts above them
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "change", self.change);
    v(2, "whole", self.whole);
    v(400, "keeps_usage", self.keeps_usage);
  }
};

// Its processes stand still, and others may have its CPUs.
struct JobSuspended {
  JobId job;
  bool stands_aside = false;  // for the sake of another
  bool time_sliced = false;   // until its next time slice; nobody else gets its CPUs
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "stands_aside", self.stands_aside);
    v(132, "time_sliced", self.time_sliced);
  }
};

// They go on, beside those who have got the CPUs meanwhile.
struct JobResumed {
  JobId job;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
  }
};

using Event =
    std::variant<EpochBegan, ClusterConfigured, JobSubmitted, JobChanged, JobStarted, JobKillOrdered, JobEnded,
                 JobRequeued, JobLeftNode, JobPurged, StepStarted, StepEnded, NodeRegistered, NodeConditionSet,
                 NodeChanged, PartitionChanged, StepLeftNode, PartitionRemoved, JobScriptEnded, HetJobSubmitted,
                 ArraySplit, AccountsChanged, JobSuspended, JobResumed, ReservationChanged, ReservationRemoved,
                 NodeRebootSet, TriggerSet, TriggerRemoved, StepToldLate, UsageRulesSet, UsageReset, NodeAdded,
                 NodeRemoved, CrontabSet, StepChanged, SettingsChanged>;

// One entry of the log.
struct Record {
  LogPosition position;
  Instant at;
  RequestId request;  // the client's, if this record is what a mutating request did; a retry gets the same answer
  Event event;
  std::optional<RecordActor> actor = {};  // of orders that the audit trail tells of; absent: see the event, if at all

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "position", self.position);
    v(2, "at", self.at);
    v(3, "request", self.request);
    v(4, "event", self.event);
    v(24, "actor", self.actor);
  }
};

}  // namespace slurmxx
