// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What commands ask slurmctld, and its answers. One request, one answer. The place of an alternative is its number on
// the wire: append only. How to add one: docs/checklists/rpc.md.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/config/cluster_config.h"
#include "core/schedule/explain.h"
#include "wire/crontab_messages.h"
#include "wire/scheduling_messages.h"
#include "wire/step_requests.h"
#include "wire/views.h"

namespace slurmxx {

struct PingRequest {
  std::string from;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "from", self.from);
  }
};

enum class JobVerb : std::uint8_t {
  cancel = 0,
  hold = 1,
  user_hold = 2,
  release = 3,
  requeue = 4,
  requeue_hold = 5,
  suspend = 6,
  resume = 7,
  top = 8,
  notify = 9,  // `message`, to who watches the job
};

struct JobVerbRequest {
  JobVerb verb = JobVerb::cancel;
  JobId job;
  std::optional<StepId> step;
  std::uint32_t signal = 0;  // cancel: 0 ends the job, else only sends it
  bool batch_only = false;
  bool full = false;                   // with a signal: the script and the steps
  std::optional<JobId> leader;         // the job must be a component of this one
  std::optional<IndexSet> tasks = {};  // of the array that `job` names, only these
  std::string message = {};
  std::vector<JobId> others = {};  // top: behind `job`, in this order
  bool cron = false;               // cancel: jobs of a crontab as well
  bool incomplete_only = false;    // requeue: not of those that are over
  bool special_exit = false;       // requeue: held, in the state SPECIAL_EXIT
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "verb", self.verb);
    v(2, "job", self.job);
    v(3, "step", self.step);
    v(4, "signal", self.signal);
    v(5, "batch_only", self.batch_only);
    v(6, "full", self.full);
    v(7, "leader", self.leader);
    v(8, "tasks", self.tasks);
    v(20, "message", self.message);
    v(21, "others", self.others);
    v(121, "cron", self.cron);
    v(122, "incomplete_only", self.incomplete_only);
    v(127, "special_exit", self.special_exit);
  }
};

// Many at once, in this order: scancel of a user's jobs. A verb that is refused does not stop those behind it. Answered
// by JobVerbsReply.
inline constexpr std::size_t job_verbs_max = 1000;  // of one request, so that others are served in between

struct JobVerbsRequest {
  std::vector<JobVerbRequest> verbs;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "verbs", self.verbs);
  }
};

enum class UpdateVerb : std::uint8_t { change = 0, create = 1, remove = 2 };

// scontrol update, create and delete ENTITY KEY=VALUE ...: the controller knows the keys and judges them.
struct UpdateRequest {
  std::string entity;  // "job", "node", "partition"
  std::string name;
  std::vector<KeyValue> changes;
  UpdateVerb verb = UpdateVerb::change;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "entity", self.entity);
    v(2, "name", self.name);
    v(3, "changes", self.changes);
    v(4, "verb", self.verb);
  }
};

struct JobsRequest {
  std::vector<JobId> ids;  // empty: all
  bool with_steps = false;
  std::vector<Uid> users = {};  // only theirs; empty: everybody's
  bool live = false;            // without jobs that are over and have left their nodes; not looked at with ids
  bool brief = false;           // without what squeue shows only when asked to (brief_spec() in control/job_views.cpp)
  std::optional<JobsOf> seen = {};  // absent: all that there are
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "ids", self.ids);
    v(2, "with_steps", self.with_steps);
    v(3, "users", self.users);
    v(4, "live", self.live);
    v(5, "brief", self.brief);
    v(361, "seen", self.seen);
  }
};

struct NodesRequest {
  bool with_partitions = true;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "with_partitions", self.with_partitions);
  }
};

struct ConfigRequest {
  bool reserved = false;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "reserved", self.reserved);
  }
};

enum class DaemonVerb : std::uint8_t { reconfigure = 0, shutdown = 1, abort = 101 };

struct DaemonRequest {
  DaemonVerb verb = DaemonVerb::reconfigure;
  bool nodes_too = false;  // shutdown: the slurmds as well
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "verb", self.verb);
    v(6, "nodes_too", self.nodes_too);
  }
};

// Answered when the job has ended and left its nodes (sbatch --wait), or has started and is ready for its user (as soon
// as it has ended, if that comes first), or has ended or gone back to the queue.
struct WaitRequest {
  JobId job;
  bool for_start = false;
  bool for_end = false;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "for_start", self.for_start);
    v(3, "for_end", self.for_end);
  }
};

struct SubmitRequest {
  JobSpec spec;
  std::string script;                    // empty for an allocation
  std::vector<std::string> environment;  // NAME=value
  bool test_only = false;
  bool for_owner = false;  // as spec.owner and not as the caller: root and SlurmUser only
  // srun: the step to make when the allocation starts at once. Its job is not looked at, its environment is what the
  // user brings along and SLURM_CONF.
  std::optional<StepRequest> step = {};
  std::string array = {};                // --array as it was given: "0-9%2"
  std::vector<JobSpec> components = {};  // of a heterogeneous job, behind `spec`, which is component 0
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "spec", self.spec);
    v(2, "script", self.script);
    v(3, "environment", self.environment);
    v(4, "test_only", self.test_only);
    v(5, "for_owner", self.for_owner);
    v(6, "step", self.step);
    v(7, "components", self.components);
    v(8, "array", self.array);
  }
};

// srun and salloc give their allocation back.
struct FinishRequest {
  JobId job;
  ExitCode exit;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "exit", self.exit);
  }
};

// The batch script as it was submitted; for its owner and operators.
struct ScriptRequest {
  JobId job;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
  }
};

struct ReservationsRequest {
  bool reserved = false;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "reserved", self.reserved);
  }
};

struct TriggersRequest {
  bool reserved = false;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "reserved", self.reserved);
  }
};

// strigger --set; slurmctld gives the number. Answered by DoneReply.
struct SetTriggerRequest {
  Trigger trigger;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "trigger", self.trigger);
  }
};

// strigger --clear: those that match all that is given.
struct ClearTriggersRequest {
  std::optional<std::uint32_t> id;
  std::optional<JobId> job;
  std::optional<Uid> user;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "id", self.id);
    v(2, "job", self.job);
    v(3, "user", self.user);
  }
};

// Why a job waits: core/schedule/explain.h.
struct ExplainRequest {
  JobId job;
  std::optional<std::uint32_t> task = {};  // of an array: whichever record stands for it
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(16, "task", self.task);
  }
};

// sstat: what steps that run have used up to now. Their nodes are asked.
struct UsageRequest {
  JobId job;
  std::optional<StepId> step;  // absent: the step that was started first; `all_steps` counts then
  bool all_steps = false;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "step", self.step);
    v(3, "all_steps", self.all_steps);
  }
};

using ClientRequest =
    std::variant<PingRequest, SubmitRequest, JobVerbRequest, UpdateRequest, JobsRequest, NodesRequest, ConfigRequest,
                 DaemonRequest, WaitRequest, StepRequest, FinishRequest, ScriptRequest, BroadcastRequest, AttachRequest,
                 HetStepRequest, ReservationsRequest, TriggersRequest, SetTriggerRequest, ClearTriggersRequest,
                 ExplainRequest, UsageRequest, PrioritiesRequest, LicensesRequest, StatisticsRequest, SharesRequest,
                 AssociationsRequest, CrontabRequest, SetCrontabRequest, JobVerbsRequest>;

struct ErrorReply {
  Errc code = Errc::error;
  std::string message;             // empty: the code's text
  std::vector<std::string> notes;  // lines the command prints before its own
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "code", self.code);
    v(2, "message", self.message);
    v(3, "notes", self.notes);
  }
};

struct DoneReply {
  std::vector<std::string> notes;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "notes", self.notes);
  }
};

struct JobVerbsReply {
  std::vector<ErrorReply> outcomes;  // of each verb; Errc::ok: done
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "outcomes", self.outcomes);
  }
};

struct PongReply {
  std::string host;
  std::string version;
  Epoch epoch;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "host", self.host);
    v(2, "version", self.version);
    v(3, "epoch", self.epoch);
  }
};

struct JobsReply {
  std::vector<JobView> jobs;
  Instant now;
  bool more = false;  // another answer to the same call follows: a long list comes in parts
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "jobs", self.jobs);
    v(2, "now", self.now);
    v(3, "more", self.more);
  }
};

struct NodesReply {
  std::vector<NodeView> nodes;
  std::vector<PartitionView> partitions;
  Instant now;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "nodes", self.nodes);
    v(2, "partitions", self.partitions);
    v(3, "now", self.now);
  }
};

// The configuration in force, and what only the running controller knows of itself.
struct ConfigReply {
  ClusterConfig config;
  std::string conf_path;
  std::string version;
  Instant booted;
  Instant now;
  JobId next_job;
  Uid slurm_user;
  Uid slurmd_user;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(2, "config", self.config);
    v(3, "conf_path", self.conf_path);
    v(4, "version", self.version);
    v(5, "booted", self.booted);
    v(6, "now", self.now);
    v(7, "next_job", self.next_job);
    v(8, "slurm_user", self.slurm_user);
    v(9, "slurmd_user", self.slurmd_user);
  }
};

struct WaitReply {
  JobView job;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
  }
};

struct SubmitReply {
  JobId job;
  std::string nodes;                      // --test-only: where it would run
  std::optional<Instant> expected_start;  // --test-only
  std::vector<std::string> notes;
  std::uint32_t processors = 0;         // --test-only
  std::string partition = {};           // --test-only
  std::optional<JobView> started = {};  // to a request with a step: the allocation has started
  std::optional<StepReply> step = {};   // and this is the step; else srun asks for it
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "nodes", self.nodes);
    v(3, "expected_start", self.expected_start);
    v(4, "notes", self.notes);
    v(5, "processors", self.processors);
    v(6, "partition", self.partition);
    v(7, "started", self.started);
    v(8, "step", self.step);
  }
};

struct ScriptReply {
  std::string script;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "script", self.script);
  }
};

struct ReservationsReply {
  std::vector<ReservationView> reservations;
  Instant now;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "reservations", self.reservations);
    v(2, "now", self.now);
  }
};

struct TriggersReply {
  std::vector<Trigger> triggers;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "triggers", self.triggers);
  }
};

struct ExplainReply {
  Instant now;
  Explanation explanation;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "now", self.now);
    v(2, "explanation", self.explanation);
  }
};

struct UsageReply {
  struct NodePids {
    std::string node;
    std::vector<std::uint32_t> pids;
    template <class Self, class V>
    static void describe(Self& self, V& v) {
      v(1, "node", self.node);
      v(2, "pids", self.pids);
    }
  };
  struct OfStep {
    JobId job;
    std::optional<ArrayTask> array;
    Step step;                             // with its usage, without shares of nodes
    std::vector<std::string> usage_nodes;  // as StepRecord::usage_nodes
    std::vector<NodePids> pids;
    template <class Self, class V>
    static void describe(Self& self, V& v) {
      v(1, "job", self.job);
      v(2, "array", self.array);
      v(3, "step", self.step);
      v(4, "usage_nodes", self.usage_nodes);
      v(5, "pids", self.pids);
    }
  };
  std::vector<OfStep> steps;
  std::vector<std::string> silent;  // nodes that have not answered
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "steps", self.steps);
    v(2, "silent", self.silent);
  }
};

using ClientReply =
    std::variant<ErrorReply, DoneReply, PongReply, SubmitReply, JobsReply, NodesReply, ConfigReply, WaitReply,
                 StepReply, ScriptReply, ReservationsReply, TriggersReply, ExplainReply, UsageReply, PrioritiesReply,
                 LicensesReply, StatisticsReply, SharesReply, AssociationsReply, CrontabReply, JobVerbsReply>;

// What a frame between command and controller holds.
struct ClientCall {
  std::uint64_t call = 0;  // answers carry it back
  RequestId request;       // of a mutating request; kept by a retry, so that it is done once
  ClientRequest body;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "call", self.call);
    v(2, "request", self.request);
    v(3, "body", self.body);
  }
};

struct ClientAnswer {
  std::uint64_t call = 0;
  ClientReply body;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "call", self.call);
    v(2, "body", self.body);
  }
};

}  // namespace slurmxx
