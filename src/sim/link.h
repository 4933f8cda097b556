// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// One session between the controller and a node or a client, as TCP gives it: in order within a direction, whole until
// it breaks, then a tail of each direction is lost, and each end notices in its own time, or never before it is
// replaced.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>

#include "base/ids.h"
#include "sim/kernel.h"
#include "state/codec.h"

namespace slurmxx::sim {

enum class End : std::uint8_t { head = 0, peer = 1 };
inline End other(End end) { return end == End::head ? End::peer : End::head; }

// What arrives of a message: what the codec reads in its bytes.
template <class T>
T carried(const std::string& bytes) {
  Result<T> read = decode<T>(bytes);
  if (!read) violated("a message cannot be read back: " + text_of(read.error()));
  if (encode(*read) != bytes) violated("a message that is read and written again has other bytes");
  return std::move(*read);
}

class Link : public std::enable_shared_from_this<Link> {
 public:
  Link(Kernel& kernel, SessionId id) : kernel_(kernel), id_(id) {}
  SessionId id() const { return id_; }

  // What an end does when it notices that the session is over.
  void on_closed(End end, std::function<void()> what) { side(end).closed = std::move(what); }
  bool open(End end) const { return sides_[static_cast<std::size_t>(end)].open; }

  void send(End to, std::function<void()> deliver);
  void close(End by);          // the process there ended: what it sent still arrives
  void vanish(End by);         // the machine there is gone without a word
  void cut();                  // somewhere in between
  void stall(MonoTime until);  // nothing passes before

 private:
  struct Side {
    bool open = true;
    bool lost = false;  // what is on the way to it never arrives
    bool pumping = false;
    MonoTime last;  // arrival of the latest message to it
    std::deque<std::pair<MonoTime, std::function<void()>>> coming;
    std::function<void()> closed;
  };
  Side& side(End end) { return sides_[static_cast<std::size_t>(end)]; }
  void pump(End to);
  void notice(End end);
  void lose(End to, Millis notice_after);

  Kernel& kernel_;
  SessionId id_;
  MonoTime stalled_until_;
  std::array<Side, 2> sides_;
};

}  // namespace slurmxx::sim
