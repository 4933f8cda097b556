// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "wire/frame.h"

#include <fmt/format.h>

#include "wire/bytes.h"

namespace slurmxx {

Status append_frame(std::string& out, std::string_view body) {
  if (body.size() > frame_bytes_max)
    return fail(Errc::communication,
                fmt::format("frame: {} bytes to send, at most {} fit into one frame", body.size(), frame_bytes_max));
  append_u32(out, static_cast<std::uint32_t>(body.size()));
  out.append(body);
  return {};
}

Result<std::optional<std::string>> FrameReader::next() {
  if (lost_) return fail(Errc::communication, "frame: the stream was lost at an oversized frame; connect again");
  if (buffered() < frame_header_bytes) return std::optional<std::string>{};
  const std::size_t size = read_u32(std::string_view(buffer_).substr(begin_));
  if (size > body_max_) {
    lost_ = true;
    return fail(Errc::communication, fmt::format("frame: a length of {} bytes, at most {} are accepted here (is the "
                                                 "peer slurmxx?)",
                                                 size, body_max_));
  }
  if (buffered() - frame_header_bytes < size) return std::optional<std::string>{};
  std::optional<std::string> body(buffer_.substr(begin_ + frame_header_bytes, size));
  begin_ += frame_header_bytes + size;
  // Move the rest down only when half is used up: many small frames in one read stay linear.
  if (begin_ * 2 >= buffer_.size()) {
    buffer_.erase(0, begin_);
    begin_ = 0;
  }
  return body;
}

}  // namespace slurmxx
