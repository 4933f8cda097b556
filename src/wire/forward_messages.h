// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A node of a step carries the connections of others for its srun: srun attaches to it once more (AttachStep::forward),
// and on that connection every message is a ForwardMessage, in both directions. A channel is one connection to another
// node of the step; its bytes are sealed between srun and that node already. The place of an alternative is its number
// on the wire: append only. Why so: docs/decisions/0021-streams-fan-in-through-nodes.md.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

namespace slurmxx {

// What a side may send on a channel before the other has said that some of it is gone.
inline constexpr std::size_t forward_window_bytes = 512u << 10;

struct ForwardOpen {  // from srun
  std::uint32_t channel = 0;
  std::string address;
  std::uint32_t port = 0;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "channel", self.channel);
    v(2, "address", self.address);
    v(3, "port", self.port);
  }
};

struct ForwardBytes {
  std::uint32_t channel = 0;
  std::string bytes;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "channel", self.channel);
    v(2, "bytes", self.bytes);
  }
};

struct ForwardCredit {  // so many bytes went on: as many more may come
  std::uint32_t channel = 0;
  std::uint32_t bytes = 0;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "channel", self.channel);
    v(2, "bytes", self.bytes);
  }
};

struct ForwardEnd {  // no more bytes from this side; when both have said so the channel is over
  std::uint32_t channel = 0;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "channel", self.channel);
  }
};

using ForwardMessage = std::variant<ForwardOpen, ForwardBytes, ForwardCredit, ForwardEnd>;

}  // namespace slurmxx
