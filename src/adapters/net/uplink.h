// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The one session that slurmd keeps to slurmctld: connects to the first endpoint that answers, hands in what arrives,
// and connects anew, with growing pauses, whenever the session is lost. A thread of its own; handlers run on it.
// What was sent and not delivered when a session ends is dropped: the node says again what matters (NodeHello).
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "adapters/net/stream.h"

namespace slurmxx {

struct UplinkHandlers {
  std::function<void(const Peer&)> connected;
  std::function<void(Message)> message;
  std::function<void()> closed;  // of a session that was connected
  std::function<void(const std::string&)> log;
};

struct UplinkOptions {
  std::vector<Endpoint> endpoints;  // never empty
  OpenOptions open;
  Millis retry_first{100};  // doubles up to retry_last
  Millis retry_last{5'000};
};

class Uplink {
 public:
  Uplink(UplinkOptions options, HandshakePorts ports, UplinkHandlers handlers);
  ~Uplink();  // stop()

  void start();
  void stop();                                    // sends what waits, for a second at most
  void send(MessageType type, std::string body);  // any thread; without a session: dropped

 private:
  struct Letter {
    MessageType type = 0;
    std::string body;
  };
  void run();
  bool connect();           // tries every endpoint once
  void serve();             // until the session ends or stop()
  void pause(Millis time);  // or until stop()
  Status exchange();        // what arrived, what is to be sent
  bool stopping();
  void wake();
  void drain_wake();
  std::vector<Letter> take_letters();

  UplinkOptions options_;
  HandshakePorts ports_;
  UplinkHandlers handlers_;
  FileDescriptor wake_;
  std::optional<Stream> stream_;
  std::string last_error_;  // told once, not at every attempt
  std::thread thread_;
  std::mutex mutex_;  // guards the three below
  std::vector<Letter> letters_;
  bool connected_ = false;
  bool stopping_ = false;
};

}  // namespace slurmxx
