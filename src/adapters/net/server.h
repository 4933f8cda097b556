// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The listening side: accepts on TCP and unix sockets, shakes hands, hands whole messages to its owner. One thread
// calls serve() in a loop; send() and wake() may be called from any thread.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "adapters/net/acceptor.h"
#include "adapters/net/greeter.h"
#include "adapters/net/stream.h"

namespace slurmxx {

struct ServerHandlers {
  // An error ends the session, with a line in the log: the peer is not what it should be.
  std::function<Status(SessionId, const Peer&, Message)> message;
  std::function<void(SessionId)> closed;
  std::function<void(const std::string&)> log;  // refused connections, dropped peers
  // After send(..., more): the session has taken almost all, and the next part may come.
  std::function<void(SessionId)> drained = {};
  // Of a peer about to be let in: may block, on a thread of its own. Left out for whom `acquainted` knows already.
  Greeter::Introduce introduce = {};
  std::function<bool(const Peer&)> acquainted = {};
};

struct ServerOptions {
  // Raises the limit of open files, and leaves the process enough of them for its own work.
  static ServerOptions within_descriptors();

  std::string auth_kind;
  std::size_t connections_max = 20'000;        // beyond it who has not shaken hands yet gives way, the oldest first
  std::size_t connections_of_one_max = 5'000;  // of a user who is neither root nor this process's own
  Millis handshake_time{10'000};
  std::size_t received_frame_max = 16u << 20;  // what a peer may send at once: a script with its environment
  std::size_t unsent_total_max = 512u << 20;   // of all sessions; beyond it those with the most to read are dropped
  Millis stalled_max{60'000};                  // a peer that has something to read and reads nothing is dropped
};

class Server {
 public:
  Server(ServerOptions options, HandshakePorts ports, ServerHandlers handlers);
  ~Server();

  Status listen_tcp(std::uint16_t port);        // on every address
  Status listen_unix(const std::string& path);  // replaces a dead socket; mode 0666
  std::uint16_t port() const { return port_; }

  void serve(Millis longest);  // one round: waits, reads, writes, calls the handlers
  void send(SessionId to, MessageType type, std::string body, bool more = false);
  std::string address_of(SessionId session) const;  // "10.0.0.7"; of a unix socket "local"; for handlers
  void wake();
  Status flush_all(MonoTime until);  // before the process ends

 private:
  struct Listener {
    FileDescriptor fd;
    bool is_unix = false;
  };
  struct Greeting {  // connected, not yet known
    FileDescriptor fd;
    FrameReader reader{handshake_bytes_max};
    bool is_unix = false;
    bool with_greeter = false;  // its outcome comes
    MonoTime until;
  };
  struct Letter {
    SessionId to;
    MessageType type = 0;
    std::string body;
    bool more = false;
  };
  struct Connection {
    Stream stream;
    MonoTime progress;        // when it last took a byte, or had nothing to take
    bool wants_more = false;  // of drained()
    std::size_t counted = 0;  // of its unsent bytes, in unsent_total_
  };

  Status watch(int fd, std::uint64_t key, std::uint32_t events);
  void accept_all(Listener& listener);
  bool drop_oldest_greeting();
  Status has_room_for(const Peer& peer) const;
  void say_crowded(const std::string& line);
  void say_dropped(std::uint64_t key, const std::string& why);
  void greet(std::uint64_t key);
  void let_in(std::uint64_t key, Result<Accepted> accepted);
  void read(std::uint64_t key);
  void write(std::uint64_t key);
  void deliver_letters();
  void drop(std::uint64_t key, const std::string& why);
  void drop_slow_greetings();
  void deliver(Letter& letter);
  void settle(std::uint64_t key, Connection& connection);  // after anything was sent or flushed
  void drop_stalled();
  void make_room();

  ServerOptions options_;
  HandshakePorts ports_;
  ServerHandlers handlers_;
  FileDescriptor epoll_;
  FileDescriptor wake_;
  Greeter greeter_;
  Acceptor acceptor_;
  struct Dropped {
    MonoTime until;
    std::size_t count = 0;
  };
  Dropped dropped_;       // connections that were closed for a fault, in this minute
  MonoTime quiet_until_;  // of lines about crowds
  std::vector<Listener> listeners_;
  std::map<std::uint64_t, Greeting> greetings_;
  std::map<std::uint64_t, Connection> streams_;
  std::map<Uid, std::size_t> sessions_of_;
  std::set<std::uint64_t> behind_;  // connections with unsent bytes
  std::size_t unsent_total_ = 0;
  std::uint64_t next_key_ = 1000;  // session ids; below: listeners and the wake-up
  std::uint16_t port_ = 0;
  std::mutex letters_mutex_;
  std::vector<Letter> letters_;
};

}  // namespace slurmxx
