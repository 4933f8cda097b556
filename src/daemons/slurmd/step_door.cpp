// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "daemons/slurmd/step_door.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "adapters/net/listener.h"
#include "adapters/net/stream.h"
#include "state/codec.h"

namespace slurmxx {
namespace {

constexpr Seconds word_time{10};  // until the first frame must be there
constexpr Seconds wait_time{60};  // for a step whose launch or prolog is under way

// Steps need descriptors, too.
std::size_t most_visitors() { return std::clamp<std::size_t>(descriptor_limit() / 4, 8, 1000); }

std::string reason_of(DoorAnswer answer, const std::string& fault) {
  if (answer != DoorAnswer::refuse)
    return fmt::format("the step did not start on this node within {} s: does its Prolog hang? See slurmd's log",
                       wait_time.value);
  return fault.empty() ? "the step has ended on this node" : fault;
}

}  // namespace

StepDoor::StepDoor(FileDescriptor listener) : listener_(std::move(listener)), visitors_max_(most_visitors()) {}

Result<StepDoor> StepDoor::open(std::uint16_t port) {
  auto listener = listen_on_port(port);
  if (!listener)
    return fail(fmt::format("{}: give each node of this host its own Port= in slurm.conf", listener.error().message));
  return StepDoor(std::move(*listener));
}

void StepDoor::collect(std::vector<pollfd>& fds) const {
  fds.push_back({listener_.get(), POLLIN, 0});
  for (const Visitor& visitor : visitors_) fds.push_back({visitor.fd.get(), POLLIN, 0});
}

std::optional<MonoTime> StepDoor::wake_at() const {
  std::optional<MonoTime> at;
  for (const Visitor& visitor : visitors_) at = at ? std::min(*at, visitor.until) : visitor.until;
  return at;
}

bool StepDoor::drop_oldest() {
  if (visitors_.empty()) return false;
  const auto silent = std::find_if(visitors_.begin(), visitors_.end(), [](const Visitor& v) { return !v.attach; });
  visitors_.erase(silent == visitors_.end() ? visitors_.begin() : silent);
  return true;
}

void StepDoor::accept_all(MonoTime now) {
  while (FileDescriptor fd = acceptor_.next(listener_.get(), [this] { return drop_oldest(); })) {
    if (visitors_.size() >= visitors_max_) drop_oldest();
    const int on = 1;
    setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    Visitor visitor;
    visitor.fd = std::move(fd);
    visitor.until = now + word_time;
    visitors_.push_back(std::move(visitor));
  }
}

// After its one frame srun is silent until it is answered: more bytes, or the end, and it is not srun.
bool StepDoor::read(Visitor& visitor) {
  auto more = read_available(visitor.fd.get(), visitor.reader);
  if (!more || !*more) return false;
  if (visitor.attach) return visitor.reader.buffered() == 0;
  auto frame = visitor.reader.next();
  if (!frame) return false;
  if (!*frame) return true;
  auto attach = decode<AttachStep>(**frame);
  if (!attach || visitor.reader.buffered() > 0) return false;
  visitor.attach = std::move(*attach);
  return true;
}

void StepDoor::refuse(Visitor& visitor, const std::string& reason) {
  std::string frame;
  if (!append_frame(frame, encode(AttachAnswer{"", reason}))) return;
  [[maybe_unused]] const ssize_t n = send(visitor.fd.get(), frame.data(), frame.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void StepDoor::serve(MonoTime now, const Judge& judge, const Pass& pass) {
  accept_all(now);
  std::vector<Visitor> staying;
  for (Visitor& visitor : visitors_) {
    const bool was_silent = !visitor.attach;
    if (!read(visitor)) continue;
    if (visitor.attach && was_silent) visitor.until = now + wait_time;
    const DoorAnswer answer = visitor.attach ? judge.answer(*visitor.attach) : DoorAnswer::wait;
    if (answer == DoorAnswer::pass)
      pass(std::move(visitor.fd), *visitor.attach);
    else if (answer == DoorAnswer::refuse || now >= visitor.until)
      refuse(visitor, reason_of(answer, visitor.attach ? judge.fault(visitor.attach->key) : ""));
    else
      staying.push_back(std::move(visitor));
  }
  visitors_ = std::move(staying);
}

}  // namespace slurmxx
