// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// One connection of a command (sbcast, sattach) to the slurmstepd of one node of a step: names the step, proves
// its secret, then carries sealed messages (adapters/step/step_stream.h). Driven by the command's poll(2) loop; no
// call blocks.
#pragma once

#include <poll.h>

#include <functional>
#include <optional>
#include <string>

#include "adapters/step/step_stream.h"
#include "ports/random.h"
#include "wire/client_messages.h"

namespace slurmxx {

class StepLink {
 public:
  using Connect = std::function<Result<int>(const NodeAddress&)>;  // a connected stream socket

  // Takes the descriptor over. `step`: what the controller answered; it is copied as far as it is needed.
  Status open(int fd, const StepReply& step, Random& random);
  void close() { stream_.reset(); }

  bool is_open() const { return stream_.has_value(); }
  bool secured() const { return secured_ && stream_; }  // the node has answered
  bool peer_closed() const { return stream_->peer_closed(); }
  bool has_room() const { return secured() && stream_->has_room(); }
  std::size_t pending() const { return stream_ ? stream_->pending() : 0; }
  std::uint64_t written() const { return stream_ ? stream_->written() : 0; }
  pollfd poll_entry() const;

  Status exchange() { return stream_->exchange(); }
  // The next message; nullopt: nothing whole is there. Once the node has answered the handshake it is sent `first`.
  Result<std::optional<StepOutput>> next(const std::function<StepInput()>& first);
  Status send(const StepInput& message);

 private:
  std::optional<StepStream> stream_;
  std::string secret_;
  std::string nonce_;
  bool secured_ = false;
};

// StepLink::Connect for real: TCP to the node's slurmd; it may still be on its way (adapters/net/stream.h).
Result<int> connect_to_node(const NodeAddress& node, Millis patience);

}  // namespace slurmxx
