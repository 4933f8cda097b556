// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What a node of a step does for the step's other nodes: it carries their connections with srun. Who asks proves the
// step's secret first; then it may open connections to doors of nodes (daemons/slurmd/step_door.h), and nothing else:
// the first frame on each must be an AttachStep to the same step. Driven by StepRunner's poll(2) loop.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "adapters/step/forward_channels.h"
#include "adapters/step/step_stream.h"
#include "ports/random.h"
#include "wire/step_messages.h"

namespace slurmxx {

inline constexpr std::size_t step_carriers_max = 8;  // connections of sruns that let others' bytes through

class StepForwarder {
 public:
  using Connect = std::function<Result<int>(const ForwardOpen&)>;  // a stream socket; it may be on its way yet

  // `step`, `nodes`, `secret`: whose bytes, how many others there can be, and what proves it.
  StepForwarder(StepId step, std::size_t nodes, std::string secret, Connect connect)
      : step_(step), nodes_(nodes), secret_(std::move(secret)), connect_(std::move(connect)) {}

  void attach(int fd, const AttachStep& attach, Random& random, Instant now);
  void serve(Instant now);
  void collect(std::vector<pollfd>& fds) const;
  bool busy() const;  // others' bytes may still come
  void close_all() { carriers_.clear(); }

 private:
  struct Carrier {
    explicit Carrier(int fd) : stream(fd) {}
    StepStream stream;
    ForwardChannels channels;
    std::map<std::uint32_t, std::string> heads;  // of channels whose first frame is not whole yet
    bool proven = false;
    bool gone = false;
  };

  Status serve(Carrier& carrier, Instant now);
  Status take(Carrier& carrier, ForwardMessage message, Instant now);
  Status open(Carrier& carrier, const ForwardOpen& order, Instant now);
  Result<bool> may_pass(Carrier& carrier, ForwardBytes& bytes) const;

  StepId step_;
  std::size_t nodes_;
  std::string secret_;
  Connect connect_;
  std::vector<Carrier> carriers_;
};

// StepForwarder::Connect for real: TCP; it may still be on its way.
Result<int> connect_to_door(const ForwardOpen& order);

}  // namespace slurmxx
