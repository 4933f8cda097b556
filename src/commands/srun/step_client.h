// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// srun's side of a running step: attaches to its nodes, carries input, output and signals, says how tasks ended. A
// poll(2) loop over connections, standard input and signals. Where connections come from is the caller's to say, so
// that a test plays the nodes. docs/decisions/0006-steps-are-launched-by-the-controller.md, srun(1).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/step/step_stream.h"
#include "adapters/step/step_tree.h"
#include "cli/message.h"
#include "commands/srun/abort_clock.h"
#include "commands/srun/step_exchanges.h"
#include "commands/srun/task_ends.h"
#include "commands/srun/task_output.h"
#include "core/pmi/pmi_names.h"
#include "ports/random.h"
#include "wire/client_messages.h"

namespace slurmxx {

struct StepClientOptions {
  TaskOutputStyle style;
  bool kill_on_bad_exit = false;
  bool quit_on_interrupt = false;
  bool disable_status = false;  // -X: the tasks get the first Ctrl-C, too, and are not ended
  bool ends_once = false;       // as TaskEnds
  bool forward_input = true;
  bool terminal = false;  // --pty: the size of the terminal at input_fd goes along, and signals are typed
  std::optional<std::uint32_t> input_task;   // -i N: only this task reads
  std::optional<std::uint32_t> output_task;  // -o N: only this task is heard
  std::optional<std::uint32_t> error_task;   // -e N
  Seconds kill_wait{30};                     // from SIGTERM to SIGKILL, for a step that srun ends
  Seconds attach_patience;                   // with nodes that do not answer: their slurmd may be back soon
  std::uint32_t tree_width = 0;              // so many nodes are spoken to straight; 0: all
  Seconds wait;                              // -W: after the first task's end the others may run so long; 0: for ever
};

struct StepClientPorts {
  std::function<Result<int>(const NodeAddress&)> connect;  // a connected stream socket
  Random& random;
  const Messages& messages;
  int input_fd = 0;
  int output_fd = 1;
  int error_fd = 2;
  int signal_fd = -1;  // signalfd(2) of the signals to act on; -1: none

  StepClientPorts with_messages(const Messages& others) const {
    return {connect, random, others, input_fd, output_fd, error_fd, signal_fd};
  }
};

class StepClient {
 public:
  StepClient(StepReply step, StepClientOptions options, StepClientPorts ports);

  // Until all nodes are done, or it was told to leave. The exit status of srun.
  int run();
  bool left_behind() const { return aborted_; }  // the step may still run

 private:
  using Moment = std::chrono::steady_clock::time_point;

  struct NodeLink {
    StepKey key;
    std::string name;
    std::vector<std::uint32_t> tasks;
    std::optional<StepStream> stream;
    std::string nonce;
    bool secured = false;
    bool refused = false;
    bool done = false;
    bool ready = false;               // poll(2) found something
    std::vector<StepInput> not_yet;   // for when it is attached: other nodes may speak to it before
    std::optional<Moment> attach_at;  // when to try again
  };

  Status attach(NodeLink& link);
  void attach_again(NodeLink& link);
  bool wait_for_events();
  void serve(NodeLink& link);
  Status hear(NodeLink& link);
  void take(NodeLink& link, const StepOutput& message);
  void fail_link(NodeLink& link, const std::string& why);  // perhaps it is tried again
  void lose(NodeLink& link, const std::string& why);
  void take_for_others(NodeLink& link, const StepOutput& message);
  void abort(const NodeLink& link, const TaskAborted& aborted);
  Status answer_of_name(std::uint32_t node, const std::string& bytes);
  void tell_node(std::uint32_t node, const StepInput& message);
  void leave(const NodeLink& link);
  void end_for_mpi(const Status& status);
  void read_input();
  void read_signal();
  void interrupt();
  void force_end();
  void tell_of_abort();
  void end_tasks();
  void act_on_abort();
  void tell_launch(const NodeLink& link) const;  // at -v
  void tell_states() const;
  bool nobody_listens() const;
  std::string step_text() const;
  void send_all(const StepInput& message);
  void print(const TaskOutput& output);
  void tell_ends();
  void end_stragglers();
  std::optional<std::chrono::steady_clock::time_point> stragglers_until() const;
  int wait_left() const;  // milliseconds of -W and of an abort for poll(2); -1: nothing to wait for
  int poll_time() const;  // of that and of nodes to be tried again
  bool over() const;

  StepReply step_;
  Moment begun_ = std::chrono::steady_clock::now();
  StepClientOptions options_;
  StepClientPorts ports_;
  TaskOutputText text_;
  TaskEnds ends_;
  struct BetweenNodes {  // MPI
    StepExchanges exchanges;
    PmiNames names;
  };
  BetweenNodes between_;
  StepTree tree_;
  std::vector<NodeLink> links_;
  bool input_open_ = true;
  bool input_begun_ = false;
  bool terminated_ = false;
  bool aborted_ = false;
  AbortClock abort_;
  bool told_of_abort_ = false;
  struct Statuses {
    int own = 0;
    int of_nodes = 0;            // as they say it in the end
    std::optional<int> aborted;  // by MPI_Abort: stands above the others
  };
  Statuses statuses_;
  std::vector<std::uint32_t> running_;
  struct Interrupts {
    std::optional<Moment> last;
    int count = 0;
  };
  Interrupts interrupts_;
  std::optional<Moment> first_end_;
  std::optional<Moment> bad_end_;  // with -K: when the first task failed
};

}  // namespace slurmxx
