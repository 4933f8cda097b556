// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "wire/session.h"

#include <fmt/format.h>

#include <array>

#include "wire/bytes.h"
#include "wire/crypto.h"

namespace slurmxx {

namespace {

// number u64, time u64, request u64, type u16, body, MAC (32, only with keys)
constexpr std::size_t header_bytes = 8 + 8 + 8 + 2;

struct Opening {
  std::string_view frame;
  const std::string* key = nullptr;  // none: trusted
  std::uint64_t number_due = 0;
  Instant now;
  bool ageless = false;
};

Status frame_is_long_enough(const Opening& opening) {
  const std::size_t least = header_bytes + (opening.key ? crypto::mac_bytes : 0);
  if (opening.frame.size() < least)
    return fail(Errc::protocol_authentication,
                fmt::format("session: a frame of {} bytes, at least {} are due", opening.frame.size(), least));
  return {};
}

Status mac_is_right(const Opening& opening) {
  if (!opening.key) return {};
  const std::string_view text = opening.frame.substr(0, opening.frame.size() - crypto::mac_bytes);
  if (!crypto::equal(crypto::frame_mac(*opening.key, text), opening.frame.substr(text.size())))
    return fail(Errc::protocol_authentication,
                "session: a frame's MAC is wrong: it was altered, or signed with another key");
  return {};
}

Status number_is_next(const Opening& opening) {
  const std::uint64_t number = read_u64(opening.frame);
  if (number < opening.number_due)
    return fail(Errc::protocol_authentication,
                fmt::format("session: frame {} came again, {} is due: a replay", number, opening.number_due));
  if (number > opening.number_due)
    return fail(Errc::protocol_authentication,
                fmt::format("session: frame {} came, {} is due: frames are missing", number, opening.number_due));
  return {};
}

Status time_is_fresh(const Opening& opening) {
  if (opening.ageless) return {};
  const auto sent = static_cast<std::int64_t>(read_u64(opening.frame.substr(8)));
  const std::int64_t now = opening.now.seconds;
  // Unsigned distance: a peer may send any 64 bits here.
  const std::uint64_t age = sent > now ? static_cast<std::uint64_t>(sent) - static_cast<std::uint64_t>(now)
                                       : static_cast<std::uint64_t>(now) - static_cast<std::uint64_t>(sent);
  if (age > static_cast<std::uint64_t>(frame_age_max.value))
    return fail(Errc::protocol_authentication,
                fmt::format("session: a frame's time is {} s {}, at most {} s are accepted (are the clocks right?)",
                            age, sent > now ? "ahead" : "old", frame_age_max.value));
  return {};
}

// In this order: nothing of a frame is believed before its MAC.
constexpr std::array ladder = {frame_is_long_enough, mac_is_right, number_is_next, time_is_fresh};

}  // namespace

Session Session::ageless(SessionKeys keys) {
  Session session(std::move(keys));
  session.ageless_ = true;
  return session;
}

std::string Session::seal(const Message& message, Instant now) {
  std::string frame;
  frame.reserve(header_bytes + message.body.size() + crypto::mac_bytes);
  append_u64(frame, ++sent_);
  append_u64(frame, static_cast<std::uint64_t>(now.seconds));
  append_u64(frame, message.request.value);
  frame.push_back(static_cast<char>(message.type >> 8));
  frame.push_back(static_cast<char>(message.type & 0xff));
  frame += message.body;
  if (keys_) frame += crypto::frame_mac(keys_->send, frame);
  return frame;
}

Result<Message> Session::open(std::string_view frame, Instant now) {
  if (lost_) return fail(Errc::protocol_authentication, "session: an earlier frame was refused; connect again");
  Opening opening;
  opening.frame = frame;
  opening.key = keys_ ? &keys_->receive : nullptr;
  opening.number_due = received_ + 1;
  opening.now = now;
  opening.ageless = ageless_;
  for (const auto& step : ladder)
    if (auto status = step(opening); !status) {
      lost_ = true;
      return status.error();
    }
  ++received_;
  Message message;
  message.request = RequestId(read_u64(frame.substr(16)));
  message.type =
      static_cast<MessageType>((static_cast<unsigned char>(frame[24]) << 8) | static_cast<unsigned char>(frame[25]));
  frame.remove_prefix(header_bytes);
  if (keys_) frame.remove_suffix(crypto::mac_bytes);
  message.body = std::string(frame);
  return message;
}

}  // namespace slurmxx
