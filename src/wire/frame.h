// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Cuts a stream of bytes into frames: a length (u32, big endian), then that many bytes. A length above the cap ends
// the stream before a byte of that frame is kept. Knows nothing of what a frame holds (docs/formats/wire.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace slurmxx {

inline constexpr std::size_t frame_header_bytes = 4;
inline constexpr std::size_t frame_bytes_max = 64u << 20;      // after the handshake: scripts, long listings
inline constexpr std::size_t handshake_bytes_max = 16u << 10;  // before anybody has proved who they are

// body.size() <= frame_bytes_max, else an error and nothing is appended.
Status append_frame(std::string& out, std::string_view body);

class FrameReader {
 public:
  explicit FrameReader(std::size_t body_max = frame_bytes_max) : body_max_(body_max) {}

  // The cap for frames whose length has not been read yet; raised when the handshake is through.
  void set_body_max(std::size_t body_max) { body_max_ = body_max; }
  void feed(std::string_view bytes) { buffer_.append(bytes); }
  // The next whole frame's body; nullopt: more bytes are needed. After an error the stream is lost: every call fails.
  Result<std::optional<std::string>> next();
  std::size_t buffered() const { return buffer_.size() - begin_; }

 private:
  std::string buffer_;
  std::size_t begin_ = 0;
  std::size_t body_max_;
  bool lost_ = false;
};

}  // namespace slurmxx
