// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// One authenticated session's frames: seal() numbers, stamps and signs an outgoing message, open() refuses whatever
// is not exactly the next message of the peer. Bytes in, bytes out; the time is an argument. Over a unix socket,
// where the kernel tells who the peer is, frames carry no MAC. Layout: docs/formats/wire.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "base/units.h"

namespace slurmxx {

inline constexpr Seconds frame_age_max{300};

// Whose numbers these are is said by each conversation's message table (wire/client_messages.h, wire/node_messages.h).
using MessageType = std::uint16_t;

struct Message {
  RequestId request;  // pairs a reply with its request
  MessageType type = 0;
  std::string body;  // a described struct, encoded by state/codec.h

  bool operator==(const Message&) const = default;
};

// One key a direction: a frame sent back to its sender opens nothing.
struct SessionKeys {
  std::string send;
  std::string receive;
};

class Session {
 public:
  static Session with_keys(SessionKeys keys) { return Session(std::move(keys)); }
  static Session trusted() { return Session(std::nullopt); }  // unix socket: no MAC
  // Frames may be of any age: they wait at their source while the reader is slow (a pager behind srun). Their numbers
  // and keys that are new for each connection keep old ones out.
  static Session ageless(SessionKeys keys);

  // The frame body of a message; frame.h puts the length before it.
  std::string seal(const Message& message, Instant now);
  // Error: the step of the ladder that refused the frame. The session is then lost; every later call fails.
  Result<Message> open(std::string_view frame, Instant now);

 private:
  explicit Session(std::optional<SessionKeys> keys) : keys_(std::move(keys)) {}

  std::optional<SessionKeys> keys_;
  std::uint64_t sent_ = 0;      // number of the last frame sealed
  std::uint64_t received_ = 0;  // number of the last frame opened
  bool lost_ = false;
  bool ageless_ = false;
};

}  // namespace slurmxx
