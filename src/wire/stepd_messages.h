// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What slurmd and the slurmstepd of one step know of each other: the launch and end files of the step's folder, and
// the commands on its unix socket (SOCK_SEQPACKET: one command a packet). The socket's end of file means that
// slurmstepd is over, and its end file how; slurmstepd itself never says more. Both programs are of one build or of
// neighbouring ones: fields are appended, alternatives never move.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "wire/node_messages.h"

namespace slurmxx {

using StepdOrder = std::variant<LaunchBatch, LaunchStep>;

// --acctg-freq, else as usual.
inline Seconds sampling_of(const StepdOrder& order, Seconds usual) {
  const auto* batch = std::get_if<LaunchBatch>(&order);
  return (batch ? batch->spec.launch.sample_every : std::get<LaunchStep>(order).command.sample_every).value_or(usual);
}

struct StepdLaunch {  // FOLDER/launch
  StepdOrder order;
  std::string node_name;
  std::string script_path;      // of a batch step
  std::string log_file;         // empty: standard error
  std::uint32_t log_level = 3;  // a LogLevel
  std::string log_time_format;
  std::string task_prolog;  // of slurm.conf
  std::string task_epilog;
  Seconds unkillable_timeout{60};          // of what has got SIGKILL; then the step ends without it
  Seconds task_epilog_max{5};              // EpilogTimeout, where it is set
  std::vector<std::string> gpu_variables;  // that tell a task which gpus it has: CUDA_VISIBLE_DEVICES, ...
  // JobAcctGatherFrequency, 0: only at the end. Absent: JobAcctGatherType is none, and only CPU time is told.
  std::optional<Seconds> sample_every;
  std::uint32_t propagate_priority = 0;  // PropagatePrioProcess
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "order", self.order);
    v(2, "node_name", self.node_name);
    v(3, "script_path", self.script_path);
    v(4, "log_file", self.log_file);
    v(5, "log_level", self.log_level);
    v(6, "log_time_format", self.log_time_format);
    v(7, "task_prolog", self.task_prolog);
    v(8, "task_epilog", self.task_epilog);
    v(9, "unkillable_timeout", self.unkillable_timeout);
    v(10, "task_epilog_max", self.task_epilog_max);
    v(11, "gpu_variables", self.gpu_variables);
    v(12, "sample_every", self.sample_every);
    v(279, "propagate_priority", self.propagate_priority);
  }
};

// A process that SIGKILL did not end within UnkillableStepTimeout.
struct Survivor {
  std::int32_t pid = 0;
  std::uint64_t start_time = 0;  // clock ticks since boot; with pid it names the process
  std::string program;
  std::string state;  // the letter of /proc/PID/stat
  std::string where;  // in the kernel: the functions of its stack, the innermost first
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "pid", self.pid);
    v(2, "start_time", self.start_time);
    v(3, "program", self.program);
    v(4, "state", self.state);
    v(5, "where", self.where);
  }
  bool operator==(const Survivor&) const = default;
};

struct StepEnd {  // FOLDER/end, written before the socket closes
  ExitCode exit;
  std::string failure;      // not empty: nothing of the step was started, and why
  bool node_fault = false;  // of the failure: another job would fail here as well
  std::vector<Survivor> survivors;
  std::optional<StepUsage> usage = {};
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "exit", self.exit);
    v(2, "failure", self.failure);
    v(3, "node_fault", self.node_fault);
    v(4, "survivors", self.survivors);
    v(5, "usage", self.usage);
  }
  bool operator==(const StepEnd&) const = default;
};

struct StepdSignal {
  std::uint32_t signal = 0;
  bool shell_only = false;  // of a batch step: the script's shell alone
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "signal", self.signal);
    v(2, "shell_only", self.shell_only);
  }
};

struct StepdFinish {  // SIGCONT, SIGTERM, and SIGKILL when kill_wait is over
  std::string why;    // as EndJob::why
  Seconds kill_wait;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "why", self.why);
    v(2, "kill_wait", self.kill_wait);
  }
};

struct StepdAttach {  // srun's connection comes along as SCM_RIGHTS
  AttachStep attach;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "attach", self.attach);
  }
};

struct StepdAdmit {
  std::string reader;
  std::string secret;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "reader", self.reader);
    v(2, "secret", self.secret);
  }
};

struct StepdNotify {  // a line of the step's errors
  std::string message;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "message", self.message);
  }
};

struct StepdCommand {
  std::variant<StepdSignal, StepdFinish, StepdAttach, StepdAdmit, StepdNotify> command;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "command", self.command);
  }
};

struct ObeyedController {  // the latest that the node obeyed, kept in slurmd's spool
  Epoch epoch;
  std::string log;  // Welcome::log
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "epoch", self.epoch);
    v(2, "log", self.log);
  }
  bool operator==(const ObeyedController&) const = default;
};

struct NodeJob {  // JOB/job: what slurmd must still know of a job after its own restart
  LaunchBatch order;
  bool prolog_done = false;
  bool known_by_step = false;  // only a LaunchStep told of it: `order` holds no more than its owner
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "order", self.order);
    v(2, "prolog_done", self.prolog_done);
    v(3, "known_by_step", self.known_by_step);
  }
};

}  // namespace slurmxx
