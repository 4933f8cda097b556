// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Steps on the wire. slurmctld makes a step and orders its nodes to launch it (LaunchStep, on their session); srun
// connects out to each slurmd, names the step in one clear frame (AttachStep), and slurmd passes the connection to the
// step's slurmstepd over its unix socket. From then on srun and slurmstepd talk alone, every frame under keys made from
// the step's secret, which only slurmctld, the step and its owner's srun know. The place of an alternative is its
// number on the wire: append only. Why so: docs/decisions/0006-steps-are-launched-by-the-controller.md.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/launch/multi_prog.h"
#include "core/launch/task_binding.h"
#include "core/model/job.h"

namespace slurmxx {

// One step in one life of its job; the batch script and the node's prolog are steps too (StepId::batch, external).
struct StepKey {
  JobId job;
  std::uint32_t restarts = 0;
  StepId step;

  auto operator<=>(const StepKey&) const = default;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "restarts", self.restarts);
    v(3, "step", self.step);
  }
};

// What srun asks to run. Where a file pattern needs the task or the node (%t, %n, %N) or `files_on_nodes` is set, the
// nodes open the files; else the streams go to srun.
struct StepCommand {
  std::vector<std::string> arguments;
  std::vector<std::string> environment;  // NAME=value, srun's own; the task's variables are added on the node
  std::string work_dir;
  std::string input;  // patterns; empty: from and to srun
  std::string output;
  std::string error;  // empty: as output
  bool append = false;
  bool pty = false;
  std::uint32_t umask = 022;
  std::vector<ResourceLimit> limits;
  std::string mpi;                    // "pmi2", "pmix"; empty: none
  std::vector<TaskProgram> programs;  // of srun --multi-prog; `arguments` name its file then
  std::string task_prolog;            // paths; empty: none. They run beside the node's own
  std::string task_epilog;
  bool preserve_env = false;    // of srun: counts of nodes and tasks stay as srun's environment has them
  bool receives_files = false;  // no program of the user: each task writes the files that its input brings
  std::string executable;       // srun --bcast: runs in the program's place; a folder where it ends with '/'
  bool with_libraries = false;  // --send-libs: EXECUTABLE_libs stands first in LD_LIBRARY_PATH
  std::optional<Seconds> sample_every = {};  // --acctg-freq; of srun it may be absent: as of the job
  bool wait_for_children = false;            // a task is over when all that it left behind has ended
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "arguments", self.arguments);
    v(2, "environment", self.environment);
    v(3, "work_dir", self.work_dir);
    v(4, "input", self.input);
    v(5, "output", self.output);
    v(6, "error", self.error);
    v(7, "append", self.append);
    v(8, "pty", self.pty);
    v(9, "umask", self.umask);
    v(10, "limits", self.limits);
    v(11, "mpi", self.mpi);
    v(12, "programs", self.programs);
    v(13, "task_prolog", self.task_prolog);
    v(14, "task_epilog", self.task_epilog);
    v(15, "preserve_env", self.preserve_env);
    v(16, "receives_files", self.receives_files);
    v(17, "executable", self.executable);
    v(18, "with_libraries", self.with_libraries);
    v(244, "sample_every", self.sample_every);
    v(276, "wait_for_children", self.wait_for_children);
  }
};

// Where the tasks of a step are: node by node, in the order of the allocation's nodes that it uses.
struct StepLayout {
  std::vector<std::string> nodes;         // names
  std::vector<std::uint32_t> task_count;  // of each node
  std::vector<std::uint32_t> task_ids;    // of the first node, then of the second, ...
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "nodes", self.nodes);
    v(2, "task_count", self.task_count);
    v(3, "task_ids", self.task_ids);
  }
};

// To each node of the step. StepId::external(): no tasks, it holds the job's container (PrologFlags=Contain). A step
// over components of a heterogeneous job has one layout, and a node that is in two components stands in it twice.
struct LaunchStep {
  StepKey key;
  JobOwner owner;
  StepCommand command;
  StepLayout layout;
  std::uint32_t node_rank = 0;  // this node's place in the layout
  NodeShare share;              // what the step may use here
  std::uint32_t cpus_per_task = 1;
  std::string secret;
  BindRequest bind;
  NodeTopology topology;        // of this node, as declared
  bool affinity = false;        // TaskPlugin=task/affinity: tasks are bound
  std::optional<JobId> leader;  // of the heterogeneous job that key.job is a later component of: what tasks are told
  JobId told_job() const { return leader.value_or(key.job); }
  std::optional<ArrayTask> array = {};
  std::string gpu_bind = {};             // which of the share's gpus each task gets: --gpu-bind
  std::vector<IndexSet> gpu_cores = {};  // near each of the share's gpus; empty: all
  std::string network_address = {};      // of this node in the topology: s0.s1.n1; empty: a flat one
  std::string network_pattern = {};
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "key", self.key);
    v(2, "owner", self.owner);
    v(3, "command", self.command);
    v(4, "layout", self.layout);
    v(5, "node_rank", self.node_rank);
    v(6, "share", self.share);
    v(7, "cpus_per_task", self.cpus_per_task);
    v(8, "secret", self.secret);
    v(9, "bind", self.bind);
    v(10, "topology", self.topology);
    v(11, "affinity", self.affinity);
    v(12, "leader", self.leader);
    v(13, "array", self.array);
    v(14, "gpu_bind", self.gpu_bind);
    v(15, "gpu_cores", self.gpu_cores);
    v(20, "network_address", self.network_address);
    v(21, "network_pattern", self.network_pattern);
  }
};

// ---- srun <-> slurmd, slurmstepd ----

struct AttachStep {  // srun's first frame, in clear
  StepKey key;
  std::string nonce;     // 32 random bytes
  std::string reader;    // of sattach: AdmitReader::reader, which names its secret; empty: the step's own srun
  bool forward = false;  // for the bytes of others: ForwardMessage (wire/forward_messages.h) follows
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "key", self.key);
    v(2, "nonce", self.nonce);
    v(3, "reader", self.reader);
    v(4, "forward", self.forward);
  }
};

struct AttachAnswer {  // slurmstepd's (or slurmd's refusal), in clear; every later frame is sealed
  std::string nonce;
  std::string refusal;  // not empty: why not
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "nonce", self.nonce);
    v(2, "refusal", self.refusal);
  }
};

struct TaskInput {
  std::optional<std::uint32_t> task;  // absent: all of the node
  std::string bytes;                  // empty: end of file
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "task", self.task);
    v(2, "bytes", self.bytes);
  }
};

struct TaskSignal {
  std::uint32_t signal = 0;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "signal", self.signal);
  }
};

struct WindowSize {
  std::uint32_t rows = 24;
  std::uint32_t columns = 80;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "rows", self.rows);
    v(2, "columns", self.columns);
  }
};

// The nodes of a step speak with each other through its srun, and only for MPI. What the bytes are is theirs to know.
// An all-gather: each node sends its part under the same id; when srun has all, every node gets all of them.
inline constexpr std::size_t step_exchange_bytes_max = 16u << 20;  // all parts of one all-gather; one StepRelay

struct StepExchanged {
  std::string id;
  std::vector<std::string> parts;  // in the order of the nodes that take part
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "id", self.id);
    v(2, "parts", self.parts);
  }
};

struct StepRelayed {
  std::uint32_t from_node = 0;  // its place in the layout
  std::string bytes;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "from_node", self.from_node);
    v(2, "bytes", self.bytes);
  }
};

using StepInput = std::variant<TaskInput, TaskSignal, WindowSize, StepExchanged, StepRelayed>;

struct TasksStarted {
  std::vector<std::uint32_t> pids;  // in the order of the node's task ids
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "pids", self.pids);
  }
};

struct TaskOutput {
  std::uint32_t task = 0;
  bool is_error = false;
  std::string bytes;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "task", self.task);
    v(2, "is_error", self.is_error);
    v(3, "bytes", self.bytes);
  }
};

struct TaskExited {
  std::uint32_t task = 0;
  ExitCode exit;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "task", self.task);
    v(2, "exit", self.exit);
  }
};

struct StepFailed {  // nothing of the step was started on this node
  std::string reason;
  std::uint32_t exit_status = 1;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "reason", self.reason);
    v(2, "exit_status", self.exit_status);
  }
};

struct NodeDone {  // last message: all tasks ended, all output sent
  ExitCode exit;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "exit", self.exit);
  }
};

struct StepExchange {  // answered by StepExchanged of the same id
  std::string id;
  std::string bytes;
  std::vector<std::uint32_t> nodes;  // who takes part, rising; empty: all of the layout
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "id", self.id);
    v(2, "bytes", self.bytes);
    v(3, "nodes", self.nodes);
  }
};

// Of the step itself: a PmiNameCall, answered by a StepRelayed with a PmiNameAnswer.
inline constexpr std::uint32_t step_relay_to_srun = UINT32_MAX;

struct StepRelay {  // arrives at the other node as StepRelayed
  std::uint32_t to_node = 0;
  std::string bytes;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "to_node", self.to_node);
    v(2, "bytes", self.bytes);
  }
};

struct TaskAborted {  // MPI_Abort: srun ends the step, and ends with this status
  std::uint32_t task = 0;
  std::uint32_t exit_status = 1;
  std::string message;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "task", self.task);
    v(2, "exit_status", self.exit_status);
    v(3, "message", self.message);
  }
};

struct StepFacts {  // the first message to a reader
  StepLayout layout;
  bool terminal = false;  // srun --pty: task 0 has one
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "layout", self.layout);
    v(2, "terminal", self.terminal);
  }
};

struct OutputSkipped {  // to a reader that reads too slowly: so much of the tasks' output was left out
  std::uint64_t bytes = 0;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "bytes", self.bytes);
  }
};

using StepOutput = std::variant<TasksStarted, TaskOutput, TaskExited, StepFailed, NodeDone, StepExchange, StepRelay,
                                TaskAborted, StepFacts, OutputSkipped>;

}  // namespace slurmxx
