// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/step/step_forwarder.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "adapters/net/tcp_connect.h"

namespace slurmxx {
namespace {

constexpr std::size_t head_bytes_max = 4096;  // of the frame that a door takes

}  // namespace

Result<int> connect_to_door(const ForwardOpen& order) {
  TRY_ASSIGN(FileDescriptor fd, begin_connect_numeric(order.address, static_cast<std::uint16_t>(order.port)));
  return fd.release();
}

void StepForwarder::attach(int fd, const AttachStep& attach, Random& random, Instant now) {
  Carrier carrier(fd);
  std::string refusal;
  if (carriers_.size() >= step_carriers_max) {  // one that has proved nothing makes room
    const auto silent =
        std::find_if(carriers_.begin(), carriers_.end(), [](const Carrier& one) { return !one.proven; });
    if (silent != carriers_.end())
      carriers_.erase(silent);
    else
      refusal = "this node carries as many connections of the step as it may";
  }
  if (!answer_attachment(carrier.stream, {attach, secret_, std::move(refusal)}, random, now)) return;
  carriers_.push_back(std::move(carrier));
}

void StepForwarder::serve(Instant now) {
  for (Carrier& carrier : carriers_) carrier.gone = !serve(carrier, now).ok();
  std::erase_if(carriers_, [](const Carrier& carrier) { return carrier.gone; });
}

Status StepForwarder::serve(Carrier& carrier, Instant now) {
  TRY(carrier.stream.flush());
  TRY(carrier.stream.read());
  while (true) {
    TRY_ASSIGN(auto message, carrier.stream.next<ForwardMessage>(now));
    if (!message) break;
    carrier.proven = true;
    TRY(take(carrier, std::move(*message), now));
  }
  if (carrier.stream.peer_closed()) return fail(Errc::communication, "srun has left");
  const auto send = [&](const ForwardMessage& message) { return carrier.stream.send(message, now); };
  TRY(carrier.channels.serve(carrier.stream.has_room(), send));
  return carrier.stream.flush();
}

Status StepForwarder::take(Carrier& carrier, ForwardMessage message, Instant now) {
  if (const auto* order = std::get_if<ForwardOpen>(&message)) return open(carrier, *order, now);
  if (auto* bytes = std::get_if<ForwardBytes>(&message)) {
    TRY_ASSIGN(const bool passes, may_pass(carrier, *bytes));
    if (!passes) return {};
  }
  if (const auto* end = std::get_if<ForwardEnd>(&message)) carrier.heads.erase(end->channel);
  return carrier.channels.take(std::move(message));
}

Status StepForwarder::open(Carrier& carrier, const ForwardOpen& order, Instant now) {
  if (carrier.channels.knows(order.channel) || carrier.channels.size() >= nodes_)
    return fail(Errc::unexpected_message, fmt::format("channel {} is one too many", order.channel));
  const auto fd = connect_(order);
  if (!fd) return carrier.stream.send(ForwardMessage(ForwardEnd{order.channel}), now);
  carrier.channels.open(order.channel, FileDescriptor(*fd));
  carrier.heads.insert_or_assign(order.channel, std::string());
  return {};
}

// Bytes wait until they are the whole first frame.
Result<bool> StepForwarder::may_pass(Carrier& carrier, ForwardBytes& bytes) const {
  const auto head = carrier.heads.find(bytes.channel);
  if (head == carrier.heads.end()) return true;
  head->second += bytes.bytes;
  if (head->second.size() > forward_window_bytes) return fail(Errc::unexpected_message, "no first frame");
  FrameReader reader(head_bytes_max);
  reader.feed(head->second);
  TRY_ASSIGN(const auto frame, reader.next());
  if (!frame) return false;
  TRY_ASSIGN(const AttachStep attach, decode<AttachStep>(*frame));
  if (attach.key.step != step_) return fail(Errc::access_denied, "bytes for another step");
  bytes.bytes = std::exchange(head->second, {});
  carrier.heads.erase(head);
  return true;
}

void StepForwarder::collect(std::vector<pollfd>& fds) const {
  for (const Carrier& carrier : carriers_) {
    const int output = carrier.stream.pending() > 0 ? POLLOUT : 0;
    fds.push_back({carrier.stream.fd(), static_cast<short>(POLLIN | output), 0});
    carrier.channels.collect(fds, carrier.stream.has_room());
  }
}

bool StepForwarder::busy() const {
  return std::any_of(carriers_.begin(), carriers_.end(), [](const Carrier& carrier) { return carrier.proven; });
}

}  // namespace slurmxx
