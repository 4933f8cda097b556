// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// One established session over a non-blocking socket: whole, checked messages in and out. Used by the server for each
// peer, by slurmd for its session, and by commands. A peer that does not read is dropped when its queue is full.
#pragma once

#include <string>
#include <vector>

#include "adapters/net/file_descriptor.h"
#include "adapters/net/kernel_peer.h"
#include "adapters/net/tcp_connect.h"
#include "wire/frame.h"
#include "wire/handshake.h"

namespace slurmxx {

inline constexpr std::size_t unsent_bytes_max = 64u << 20;

class Stream {
 public:
  Stream(FileDescriptor fd, Established established)
      : fd_(std::move(fd)), session_(std::move(established.session)), peer_(established.peer) {}

  int fd() const { return fd_.get(); }
  const Peer& peer() const { return peer_; }
  bool wants_write() const { return !unsent_.empty(); }
  std::size_t unsent() const { return unsent_.size(); }
  void set_body_max(std::size_t body_max) { reader_.set_body_max(body_max); }

  // Messages that have arrived; none: not yet. Error: the peer is gone, or sent what it must not.
  Result<std::vector<Message>> receive(Instant now);
  // Sends what the socket takes and keeps the rest for flush().
  Status send(const Message& message, Instant now);
  Status flush();

 private:
  FileDescriptor fd_;
  Session session_;
  Peer peer_;
  FrameReader reader_;
  std::string unsent_;
};

// Reads what a non-blocking socket has. False: the end of the stream.
Result<bool> read_available(int fd, FrameReader& reader);

struct Endpoint {
  std::string unix_path;  // not empty: a unix socket
  std::string host;
  std::uint16_t port = 0;
};

struct OpenOptions {
  std::string auth_kind;
  std::vector<Uid> server_uids;
  Millis timeout{10'000};
};

// Connects and shakes hands; blocks no longer than the timeout.
Result<Stream> open_stream(const Endpoint& endpoint, const OpenOptions& options, HandshakePorts ports);
// A plain connected socket, non-blocking.
Result<FileDescriptor> connect_to(const Endpoint& endpoint, MonoTime until);
// The same over TCP, but it may still be on its way: poll(2) for writing, and the first send or receive tells what
// became of it. Waits only where the host has several addresses to be tried.
Result<FileDescriptor> begin_connect_to(const Endpoint& endpoint, MonoTime until);
// The first address of the host as digits, for a program that may ask for no names (docs/decisions/0008).
Result<std::string> numeric_address(const std::string& host);

}  // namespace slurmxx
