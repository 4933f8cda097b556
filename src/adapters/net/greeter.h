// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Handshakes that may block: munged may hang, a name service may be slow. One thread does them, one after the other, so
// that a server's sessions go on meanwhile. Whoever waits too long is dropped by the server.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "wire/handshake.h"

namespace slurmxx {

class Greeter {
 public:
  struct Visit {
    std::uint64_t key = 0;
    HandshakeOptions shake;
    std::string hello;
  };
  struct Outcome {
    std::uint64_t key = 0;
    Result<Accepted> accepted;
  };
  using Introduce = std::function<void(const Peer&)>;  // of who was accepted; may block; empty: nothing

  // `ports` belong to this thread from now on; `wake` is called when outcomes are there.
  Greeter(HandshakePorts ports, Introduce introduce, std::function<void()> wake);
  ~Greeter();  // does not wait for a handshake that hangs

  void push(Visit visit);
  std::vector<Outcome> take();

 private:
  struct Shared {
    std::mutex mutex;  // guards all below
    std::condition_variable news;
    std::deque<Visit> visits;
    std::vector<Outcome> outcomes;
    bool stopping = false;
    bool ended = false;
  };
  static void run(const std::shared_ptr<Shared>& shared, HandshakePorts ports, const Introduce& introduce,
                  const std::function<void()>& wake);

  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

}  // namespace slurmxx
