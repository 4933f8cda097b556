// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/step/forward_channels.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

namespace slurmxx {
namespace {

constexpr std::size_t chunk_bytes = 64u << 10;

}  // namespace

void ForwardChannels::open(std::uint32_t number, FileDescriptor fd) {
  Channel channel;
  channel.fd = std::move(fd);
  channels_.insert_or_assign(number, std::move(channel));
}

Status ForwardChannels::take(ForwardMessage message) {
  const std::uint32_t number = std::visit([](const auto& one) { return one.channel; }, message);
  const auto found = channels_.find(number);
  if (found == channels_.end()) return {};
  Channel& channel = found->second;
  if (auto* bytes = std::get_if<ForwardBytes>(&message)) {
    if (channel.unwritten.size() + channel.owed + bytes->bytes.size() > forward_window_bytes)
      return fail(Errc::unexpected_message, fmt::format("channel {} carries more bytes than were asked for", number));
    if (!channel.write_ended) channel.unwritten += bytes->bytes;
  }
  if (const auto* credit = std::get_if<ForwardCredit>(&message))
    channel.window = std::min(channel.window + credit->bytes, forward_window_bytes);
  if (std::holds_alternative<ForwardEnd>(message)) channel.write_ended = true;
  return {};
}

Status ForwardChannels::write(std::uint32_t number, Channel& channel, const Send& send) {
  std::size_t written = 0;
  while (!channel.broken && written < channel.unwritten.size()) {
    const ssize_t n = ::send(channel.fd.get(), channel.unwritten.data() + written, channel.unwritten.size() - written,
                             MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) break;
    if (n < 0) channel.broken = true;
    if (n > 0) written += static_cast<std::size_t>(n);
  }
  if (channel.broken) written = channel.unwritten.size();  // nobody wants it
  channel.owed += written;
  channel.unwritten.erase(0, written);
  if (channel.write_ended && channel.unwritten.empty() && !std::exchange(channel.shut, true))
    shutdown(channel.fd.get(), SHUT_WR);
  if (channel.broken && !std::exchange(channel.read_ended, true)) return send(ForwardEnd{number});
  constexpr std::size_t worth_telling = forward_window_bytes / 4;
  if (channel.write_ended || channel.owed < worth_telling) return {};
  return send(ForwardCredit{number, static_cast<std::uint32_t>(std::exchange(channel.owed, 0))});
}

// A bounded number of bytes, so that a busy channel does not keep the loop from the others.
Status ForwardChannels::read(std::uint32_t number, Channel& channel, const Send& send) {
  std::array<char, chunk_bytes> bytes;
  ssize_t n = 0;
  do n = recv(channel.fd.get(), bytes.data(), std::min(bytes.size(), channel.window), MSG_DONTWAIT);
  while (n < 0 && errno == EINTR);
  if (n < 0 && errno == EAGAIN) return {};
  if (n <= 0) {
    channel.read_ended = true;
    return send(ForwardEnd{number});
  }
  channel.window -= static_cast<std::size_t>(n);
  return send(ForwardBytes{number, std::string(bytes.data(), static_cast<std::size_t>(n))});
}

Status ForwardChannels::serve(bool room, const Send& send) {
  std::vector<pollfd> fds;
  for (const auto& [number, channel] : channels_)
    fds.push_back({channel.reads(room) ? channel.fd.get() : -1, POLLIN, 0});
  if (!fds.empty() && poll(fds.data(), fds.size(), 0) < 0) return {};
  auto polled = fds.begin();
  for (auto& [number, channel] : channels_) {
    TRY(write(number, channel, send));
    if ((polled++)->revents != 0 && channel.reads(room)) TRY(read(number, channel, send));
  }
  std::erase_if(channels_, [](const auto& one) { return one.second.over(); });
  return {};
}

void ForwardChannels::collect(std::vector<pollfd>& fds, bool room) const {
  for (const auto& [number, channel] : channels_) {
    const int input = channel.reads(room) ? POLLIN : 0;
    const int output = channel.unwritten.empty() ? 0 : POLLOUT;
    if (input + output != 0) fds.push_back({channel.fd.get(), static_cast<short>(input | output), 0});
  }
}

}  // namespace slurmxx
