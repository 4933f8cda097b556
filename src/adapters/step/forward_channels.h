// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The channels of one forwarding connection, the same at both of its ends: bytes of sockets become messages for the
// other end, and its messages bytes for them. What a socket does not take waits here, never more than a window of it:
// the other end sends no more before it is told that some went on. Driven by a poll(2) loop; nothing here blocks.
#pragma once

#include <poll.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "adapters/net/file_descriptor.h"
#include "base/result.h"
#include "wire/forward_messages.h"

namespace slurmxx {

class ForwardChannels {
 public:
  using Send = std::function<Status(const ForwardMessage&)>;  // to the other end

  void open(std::uint32_t channel, FileDescriptor fd);  // a non-blocking stream socket, perhaps on its way yet
  bool knows(std::uint32_t channel) const { return channels_.contains(channel); }
  std::size_t size() const { return channels_.size(); }
  bool idle() const { return channels_.empty(); }

  // ForwardBytes, ForwardCredit or ForwardEnd of the other end; one of a channel that is over is passed over. Error:
  // it sends more than it may.
  Status take(ForwardMessage message);
  // Writes and reads what can be. `room`: the other end takes more bytes.
  Status serve(bool room, const Send& send);
  void collect(std::vector<pollfd>& fds, bool room) const;
  void close_all() { channels_.clear(); }

 private:
  struct Channel {
    FileDescriptor fd;
    std::string unwritten;
    std::size_t window = forward_window_bytes;  // what may be sent to the other end
    std::size_t owed = 0;                       // written, and the other end does not know yet
    bool read_ended = false;
    bool write_ended = false;  // the other end sends no more
    bool broken = false;       // the socket takes nothing
    bool shut = false;
    bool over() const { return read_ended && write_ended && unwritten.empty(); }
    bool reads(bool room) const { return room && !read_ended && window > 0; }
  };

  static Status write(std::uint32_t number, Channel& channel, const Send& send);
  static Status read(std::uint32_t number, Channel& channel, const Send& send);

  std::map<std::uint32_t, Channel> channels_;
};

}  // namespace slurmxx
