// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sattach's side of a step that runs: prints what its tasks write from now on, passes standard input on to them, and
// leaves the step as it was when it goes. A poll(2) loop; where connections come from is the caller's to say.
// sattach(1).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/message.h"
#include "cli/step_link.h"
#include "commands/sattach/options.h"
#include "commands/srun/task_output.h"

namespace slurmxx {

struct AttachPorts {
  StepLink::Connect connect;
  Random& random;
  const Messages& messages;
  int input_fd = 0;
  int output_fd = 1;
  int error_fd = 2;
  int signal_fd = -1;  // signalfd(2) of the signals that end it; -1: none
};

class AttachClient {
 public:
  AttachClient(StepReply step, const SattachOptions& options, AttachPorts ports);

  // Until all nodes are done. The exit status of sattach: the highest of the tasks.
  int run();

 private:
  struct Node {
    std::string name;
    StepLink wire;
    bool attached = false;
    bool done = false;
  };

  void open(Node& node, std::size_t place);
  bool over() const;
  void wait_for_events();
  void read_signal();
  void serve(Node& node);
  void take(Node& node, const StepOutput& message);
  void meet(const StepFacts& facts);
  void tell_attached();
  void print(const TaskOutput& output);
  void tell_end(const TaskExited& exited);
  void read_input();
  void lose(Node& node, const std::string& why);
  void leave(int status);

  StepReply step_;
  const SattachOptions& options_;
  AttachPorts ports_;
  std::vector<Node> nodes_;
  std::optional<TaskOutputText> text_;
  std::string attached_to_;  // what is told when all nodes are attached
  bool input_open_ = true;
  bool leaving_ = false;
  int status_ = 0;
};

// "Job step layout:" and a line for each node.
std::string layout_text(const StepLayout& layout);

}  // namespace slurmxx
