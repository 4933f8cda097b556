// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Sends files to all nodes at once, as fast as the slowest takes them, and lets them take their names when every node
// has written all of them. What goes wrong on one node ends the broadcast on all. Driven by a poll(2) loop over the
// connections; where these come from is the caller's to say. sbcast(1), srun(1) --bcast.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "adapters/step/step_tree.h"
#include "cli/message.h"
#include "cli/step_link.h"
#include "commands/sbcast/file_source.h"

namespace slurmxx {

struct BroadcastOptions {
  bool replace = false;
  bool keep_times = false;
  bool compress = false;
  std::size_t block_bytes = bcast_block_usual;
  std::uint32_t tree_width = 0;  // so many nodes are spoken to straight; 0: all
  Seconds timeout{10};           // a node that takes and says nothing for so long is given up
};

struct BroadcastPorts {
  StepLink::Connect connect;
  Random& random;
  const Messages& messages;
  int signal_fd = -1;  // signalfd(2) of the signals that end it; -1: none
};

class Broadcast {
 public:
  Broadcast(StepReply step, BroadcastOptions options, BroadcastPorts ports);

  // Whether every node has every file. If not, why was told, by node.
  bool run(std::vector<SourceFile> files);

 private:
  using Clock = std::chrono::steady_clock;
  enum class Phase { sending, checking, committing, given_up };
  struct Node {
    std::string name;
    StepLink wire;
    std::string answer;
    std::string errors;
    bool written = false;
    bool done = false;
    std::uint64_t taken_before = 0;
    Clock::time_point heard;
  };

  void open(Node& node, std::size_t place);
  void feed();
  bool all_have_room() const;
  void next_piece();
  void begin_file();
  void send_frame(Node& node, const FileMessage& message);
  void send_to_all(const FileMessage& message);
  void send_chunk(Node& node, std::string_view bytes);
  void wait_for_events();
  void serve(Node& node);
  void take(Node& node, const StepOutput& message);
  void check_patience(Node& node);
  bool owes(const Node& node) const;
  Seconds patience(const Node& node) const;
  void lose(Node& node, const std::string& why);
  void give_up();
  bool over() const;

  StepReply step_;
  BroadcastOptions options_;
  BroadcastPorts ports_;
  std::vector<SourceFile> files_;
  std::size_t file_ = 0;  // that is being sent
  bool file_begun_ = false;
  std::uint64_t file_sent_ = 0;
  std::string piece_;  // for all nodes
  std::size_t piece_at_ = 0;
  StepTree tree_;
  std::vector<Node> nodes_;
  Phase phase_ = Phase::sending;
  bool failed_ = false;
  Clock::time_point given_up_at_;
};

}  // namespace slurmxx
