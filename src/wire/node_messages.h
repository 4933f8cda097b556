// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What slurmd and slurmctld say to each other on the node's one session. Everything about a job names its id and
// incarnation (Job::restarts), and everything from the controller its epoch: a node obeys no older epoch, the
// controller ignores reports of older incarnations. Every order may come twice; every report is repeated until
// acknowledged. The place of an alternative is its number on the wire: append only.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "core/model/job.h"
#include "core/model/node.h"
#include "wire/step_messages.h"

namespace slurmxx {

// One life of a job on one node.
struct Incarnation {
  JobId job;
  std::uint32_t restarts = 0;

  auto operator<=>(const Incarnation&) const = default;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "restarts", self.restarts);
  }
};

// ---- from the node ----

struct NodeHello {  // first on every session: who it is and what it holds
  std::string name;
  NodeRegistration registration;
  std::vector<Incarnation> running;    // jobs with processes or an epilog to run
  std::vector<StepKey> steps;          // of srun: that run, or whose end was not acknowledged
  std::vector<Incarnation> preparing;  // of `running`: whose prolog is still to end (LaunchBatch::prolog_at_once)
  std::string dynamic;                 // slurmd -Z: the node's record, KEY=VALUE ...; "-F": takes a FUTURE one
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "registration", self.registration);
    v(3, "running", self.running);
    v(4, "steps", self.steps);
    v(5, "preparing", self.preparing);
    v(20, "dynamic", self.dynamic);
  }
};

struct Heartbeat {
  std::uint32_t load_hundredths = 0;
  MebiBytes free_memory;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "load_hundredths", self.load_hundredths);
    v(2, "free_memory", self.free_memory);
  }
};

struct LaunchFailed {
  Incarnation job;
  std::string reason;  // also drains the node if `node_fault`
  bool node_fault = false;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "reason", self.reason);
    v(3, "node_fault", self.node_fault);
  }
};

struct BatchEnded {  // the script is over; from the batch host, kept there until acknowledged
  Incarnation job;
  ExitCode exit;
  std::string fault;  // not empty: why the node is to be drained (processes that cannot be killed)
  std::optional<StepUsage> usage = {};
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "exit", self.exit);
    v(3, "fault", self.fault);
    v(4, "usage", self.usage);
  }
};

struct NodeCleared {  // nothing of the job is left here, the epilog has run
  Incarnation job;
  std::string epilog_error;  // not empty: why the node is to be drained: the epilog failed, or something is left
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "epilog_error", self.epilog_error);
  }
};

struct StepLeft {  // the tasks of a step of srun are over here; kept until acknowledged
  StepKey key;
  ExitCode exit;      // the highest of this node's tasks
  std::string fault;  // as BatchEnded::fault
  std::optional<StepUsage> usage = {};
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "key", self.key);
    v(2, "exit", self.exit);
    v(3, "fault", self.fault);
    v(4, "usage", self.usage);
  }
};

// The prolog that ran at the allocation has ended well. Not repeated: the next hello tells it too.
struct PrologDone {
  Incarnation job;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
  }
};

struct RunningStep {
  StepId step;
  StepUsage usage;                  // of this node, as far as it was measured
  std::vector<std::uint32_t> pids;  // of its processes
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "step", self.step);
    v(2, "usage", self.usage);
    v(3, "pids", self.pids);
  }
};

struct UsageTold {  // to AskUsage
  std::uint64_t call = 0;
  std::vector<RunningStep> steps;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "call", self.call);
    v(2, "steps", self.steps);
  }
};

// Somebody is at the door for a step that never came here. If it is over, the answer is the SignalJob that ends it.
struct StepAwaited {
  StepKey key;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "key", self.key);
  }
};

using NodeReport = std::variant<NodeHello, Heartbeat, LaunchFailed, BatchEnded, NodeCleared, StepLeft, PrologDone,
                                UsageTold, StepAwaited>;

// ---- to the node ----

struct Welcome {
  Epoch epoch;
  Seconds heartbeat_every;
  std::vector<Incarnation> expected;  // what the controller believes to run there; anything else is killed
  std::string log;                    // names the controller's log: in another one, ids and epochs begin anew
  std::string node_name;              // of a slurmd -F: which node it is from now on
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "epoch", self.epoch);
    v(2, "heartbeat_every", self.heartbeat_every);
    v(3, "expected", self.expected);
    v(4, "log", self.log);
    v(104, "node_name", self.node_name);
  }
};

// What the environment of a heterogeneous job's script tells of one component.
struct HetComponent {
  JobId job;
  JobSpec spec;
  Allocation allocation;
  std::vector<std::string> node_names;
};

// What a node must know of a job from its start on: of every job, whether it has a batch script or not.
struct LaunchBatch {
  Incarnation job;
  JobSpec spec;
  Allocation allocation;
  std::vector<std::string> node_names;  // of the allocation, in its order
  std::string script;
  std::vector<std::string> environment;  // complete but for what only the node knows
  std::optional<Instant> limit_at;
  // No script runs here: not the batch host, or not a batch job, or the script's own order is still to come.
  bool prolog_only = false;
  std::optional<Instant> started;
  Instant submitted;
  NodeTopology topology;          // of the batch host, as declared
  bool affinity = false;          // TaskPlugin=task/affinity: the script is bound to the job's CPUs
  bool prolog_at_once = false;    // PrologFlags=Alloc; else the prolog runs before the first step here
  std::vector<HetComponent> het;  // stays in slurmctld
  std::string network_address;    // of the batch host in the topology; stays in slurmctld
  std::string network_pattern;
  std::optional<ArrayTask> array;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "spec", self.spec);
    v(3, "allocation", self.allocation);
    v(4, "node_names", self.node_names);
    v(5, "script", self.script);
    v(6, "environment", self.environment);
    v(7, "limit_at", self.limit_at);
    v(8, "prolog_only", self.prolog_only);
    v(9, "started", self.started);
    v(10, "topology", self.topology);
    v(11, "affinity", self.affinity);
    v(12, "prolog_at_once", self.prolog_at_once);
    v(13, "array", self.array);
    v(14, "submitted", self.submitted);
  }
};

struct SignalJob {
  Incarnation job;
  std::uint32_t signal = 0;
  bool batch_only = false;     // the script's shell alone
  bool with_batch = false;     // the steps and the script; neither: the steps alone
  std::optional<StepId> step;  // only this step; SIGKILL ends it
  std::string why;             // of its end, after KillWait: as EndJob; empty: CANCELLED, and at once
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "signal", self.signal);
    v(3, "batch_only", self.batch_only);
    v(4, "with_batch", self.with_batch);
    v(5, "step", self.step);
    v(6, "why", self.why);
  }
};

struct EndJob {  // SIGCONT, SIGTERM, KillWait, SIGKILL; then the epilog and NodeCleared
  Incarnation job;
  Seconds kill_wait;
  // For the line in the job's output: "CANCELLED" or "CANCELLED DUE TO TIME LIMIT", the instant comes behind the first
  // word; empty: no line.
  std::string why;
  ExitCode exit;  // of the job and of its steps: for the epilog
  ExitCode exit_of_steps;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "kill_wait", self.kill_wait);
    v(3, "why", self.why);
    v(4, "exit", self.exit);
    v(5, "exit_of_steps", self.exit_of_steps);
  }
};

struct ReportSeen {  // the report is in the log: the node may forget it
  Incarnation job;
  bool cleared = false;        // the NodeCleared, else the BatchEnded or LaunchFailed
  std::optional<StepId> step;  // the StepLeft of this step
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "cleared", self.cleared);
    v(3, "step", self.step);
  }
};

struct ReadConfiguration {  // slurmctld has taken a new slurm.conf: the node reads its own
  template <class Self, class V>
  static void describe(Self&, V&) {}
};

struct SayHello {  // the node was taken for lost and is heard again: it tells anew what it holds
  template <class Self, class V>
  static void describe(Self&, V&) {}
};

struct CheckHealth {  // runs HealthCheckProgram
  template <class Self, class V>
  static void describe(Self&, V&) {}
};

struct SuspendJob {  // SIGTSTP, then SIGSTOP to all that is of the job; or SIGCONT, and what was held back starts
  Incarnation job;
  bool resume = false;
  Seconds grace{0};  // between the two
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "resume", self.resume);
    v(32, "grace", self.grace);
  }
};

struct SetDebug {  // scontrol setdebug LEVEL nodes=...: until slurm.conf is read again
  std::string level;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "level", self.level);
  }
};

struct RebootNode {  // runs RebootProgram
  std::string features;
  Instant ordered;  // when: an order that comes again is the same one
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "features", self.features);
    v(323, "ordered", self.ordered);
  }
};

struct NotifyJob {  // a line in the errors of the job: scontrol notify
  Incarnation job;
  std::string message;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "message", self.message);
  }
};

struct TurnedAway {  // in place of a welcome
  std::string why;
  bool deleted = false;  // the node was dynamic: it is not to come back by itself
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "why", self.why);
    v(101, "deleted", self.deleted);
  }
};

struct AdmitReader {  // sattach: who holds this secret may read along
  StepKey key;
  std::string reader;  // 16 random bytes that name the secret
  std::string secret;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "key", self.key);
    v(2, "reader", self.reader);
    v(3, "secret", self.secret);
  }
};

struct AskUsage {  // what the steps of the job that run here have used; not repeated
  std::uint64_t call = 0;
  Incarnation job;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "call", self.call);
    v(2, "job", self.job);
  }
};

struct Shutdown {  // slurmd ends; the steps that run go on
  template <class Self, class V>
  static void describe(Self&, V&) {}
};

using NodeOrder =
    std::variant<Welcome, LaunchBatch, SignalJob, EndJob, ReportSeen, LaunchStep, ReadConfiguration, SayHello,
                 TurnedAway, CheckHealth, AdmitReader, SuspendJob, RebootNode, NotifyJob, AskUsage, Shutdown, SetDebug>;

}  // namespace slurmxx
