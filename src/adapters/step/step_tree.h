// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// srun's ways to the nodes of its step: at most TreeWidth of them straight, the others through nodes that carry their
// bytes (core/launch/fan_out.h, adapters/step/step_forwarder.h). What it gives is a stream socket either way, so that
// nobody else needs to know; behind a node that carries nothing any more, the way is straight. Driven by the poll(2)
// loop of the program; nothing here blocks.
#pragma once

#include <poll.h>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/step/forward_channels.h"
#include "adapters/step/step_stream.h"
#include "ports/random.h"
#include "wire/client_messages.h"

namespace slurmxx {

class StepTree {
 public:
  using Connect = std::function<Result<int>(const NodeAddress&)>;  // a connected stream socket, or one on its way

  StepTree(const StepReply& step, std::uint32_t width, Connect connect, Random& random);

  // A socket to the door of the step's node in this place of the layout.
  Result<int> connect(std::size_t node);
  void collect(std::vector<pollfd>& fds) const;
  void serve(Instant now);
  // The node that carried this one's bytes until it was lost, if that is why there are none.
  std::optional<std::size_t> lost_carrier_of(std::size_t node) const;

 private:
  struct Carrier {
    explicit Carrier(int fd) : stream(fd) {}
    StepStream stream;
    std::string nonce;
    ForwardChannels channels;
    std::vector<ForwardMessage> not_yet;  // for when the node has answered
    std::uint32_t opened = 0;
    bool secured = false;
  };

  Result<Carrier*> carrier(std::size_t node);
  Status serve(Carrier& carrier, Instant now);
  Result<int> open_channel(Carrier& carrier, const NodeAddress& address);

  std::string secret_;
  std::vector<StepKey> keys_;
  std::vector<NodeAddress> addresses_;
  std::vector<std::optional<std::uint32_t>> via_;
  std::map<std::size_t, Carrier> carriers_;  // by the node that carries
  std::set<std::size_t> lost_;               // these carry no more
  Connect connect_;
  Random& random_;
};

}  // namespace slurmxx
