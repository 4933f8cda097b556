// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/step/step_tree.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "adapters/net/stream.h"
#include "core/launch/fan_out.h"

namespace slurmxx {

StepTree::StepTree(const StepReply& step, std::uint32_t width, Connect connect, Random& random)
    : secret_(step.secret),
      keys_(step.keys),
      addresses_(step.addresses),
      via_(fan_out(static_cast<std::uint32_t>(step.addresses.size()), width)),
      connect_(std::move(connect)),
      random_(random) {
  keys_.resize(addresses_.size(), step.key);
}

std::optional<std::size_t> StepTree::lost_carrier_of(std::size_t node) const {
  if (node >= via_.size() || !via_[node] || !lost_.contains(*via_[node])) return std::nullopt;
  return *via_[node];
}

Result<int> StepTree::connect(std::size_t node) {
  if (node >= addresses_.size()) return fail("the controller gave no address");
  if (const auto via = via_[node]; via && !lost_.contains(*via)) {
    if (auto found = carrier(*via); found) return open_channel(**found, addresses_[node]);
    lost_.insert(*via);
  }
  return connect_(addresses_[node]);
}

Result<StepTree::Carrier*> StepTree::carrier(std::size_t node) {
  if (const auto found = carriers_.find(node); found != carriers_.end()) return &found->second;
  TRY_ASSIGN(const int fd, connect(node));
  Carrier made(fd);
  made.nonce = random_.bytes(step_nonce_bytes);
  TRY(made.stream.send(AttachStep{keys_[node], made.nonce, "", true}, Instant()));  // in clear: it has no time
  TRY(made.stream.flush());
  return &carriers_.emplace(node, std::move(made)).first->second;
}

Result<int> StepTree::open_channel(Carrier& carrier, const NodeAddress& address) {
  TRY_ASSIGN(std::string digits, numeric_address(address.address));  // who carries looks up no names
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
    return fail(Errc::communication, fmt::format("no socket pair: {}", strerror(errno)));
  const std::uint32_t channel = carrier.opened++;
  carrier.channels.open(channel, FileDescriptor(ends[0]));
  carrier.not_yet.emplace_back(ForwardOpen{channel, std::move(digits), address.port});
  return ends[1];
}

// What a carrier that is lost carried ends: whoever waits for it sees its socket closed, and may try again.
void StepTree::serve(Instant now) {
  for (auto one = carriers_.begin(); one != carriers_.end();) {
    const bool good = serve(one->second, now).ok();
    const bool done = good && one->second.secured && one->second.channels.idle() && one->second.stream.pending() == 0;
    if (!good) lost_.insert(one->first);
    one = good && !done ? std::next(one) : carriers_.erase(one);
  }
}

Status StepTree::serve(Carrier& carrier, Instant now) {
  TRY(carrier.stream.flush());
  TRY(carrier.stream.read());
  if (!carrier.secured) {
    TRY_ASSIGN(const auto answer, carrier.stream.next<AttachAnswer>(now));
    if (answer && !answer->refusal.empty()) return fail(answer->refusal);
    if (answer) carrier.stream.secure(step_keys({secret_, carrier.nonce, answer->nonce}, StepSide::srun));
    carrier.secured = answer.has_value();
  }
  const auto send = [&](const ForwardMessage& message) { return carrier.stream.send(message, now); };
  if (carrier.secured) {
    for (const ForwardMessage& message : std::exchange(carrier.not_yet, {})) TRY(send(message));
    while (true) {
      TRY_ASSIGN(auto message, carrier.stream.next<ForwardMessage>(now));
      if (!message) break;
      TRY(carrier.channels.take(std::move(*message)));
    }
    TRY(carrier.channels.serve(carrier.stream.has_room(), send));
    TRY(carrier.stream.flush());
  }
  if (carrier.stream.peer_closed()) return fail(Errc::communication, "the node closed the connection");
  return {};
}

void StepTree::collect(std::vector<pollfd>& fds) const {
  for (const auto& [node, carrier] : carriers_) {
    const int output = carrier.stream.pending() > 0 ? POLLOUT : 0;
    fds.push_back({carrier.stream.fd(), static_cast<short>(POLLIN | output), 0});
    if (carrier.secured) carrier.channels.collect(fds, carrier.stream.has_room());
  }
}

}  // namespace slurmxx
