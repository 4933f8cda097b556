// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/step_link.h"

#include "adapters/clock/clock.h"
#include "adapters/net/stream.h"

namespace slurmxx {
Result<int> connect_to_node(const NodeAddress& node, Millis patience) {
  const Endpoint endpoint{"", node.address, static_cast<std::uint16_t>(node.port)};
  TRY_ASSIGN(FileDescriptor fd, begin_connect_to(endpoint, mono_now() + patience));
  return fd.release();
}

Status StepLink::open(int fd, const StepReply& step, Random& random) {
  stream_.emplace(fd);
  secret_ = step.secret;
  nonce_ = random.bytes(step_nonce_bytes);
  TRY(stream_->send(AttachStep{step.key, nonce_, step.reader}, wall_now()));
  return stream_->flush();
}

pollfd StepLink::poll_entry() const {
  return {stream_->fd(), static_cast<short>(POLLIN | (stream_->pending() > 0 ? POLLOUT : 0)), 0};
}

Result<std::optional<StepOutput>> StepLink::next(const std::function<StepInput()>& first) {
  if (!secured_) {
    TRY_ASSIGN(const auto answer, stream_->next<AttachAnswer>(wall_now()));
    if (!answer) return std::optional<StepOutput>();
    if (!answer->refusal.empty()) return fail(answer->refusal);
    stream_->secure(step_keys({secret_, nonce_, answer->nonce}, StepSide::srun));
    secured_ = true;
    TRY(send(first()));
  }
  return stream_->next<StepOutput>(wall_now());
}

Status StepLink::send(const StepInput& message) {
  TRY(stream_->send(message, wall_now()));
  return stream_->flush();
}

}  // namespace slurmxx
