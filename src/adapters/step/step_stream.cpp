// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A read takes a bounded number of bytes, so that one busy peer does not keep a poll loop from its other descriptors.
#include "adapters/step/step_stream.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "wire/crypto.h"

namespace slurmxx {
namespace {

// What is lost in a break is sent again by TCP, which would wait for up to two minutes after it, and for 15 of these
// waits in all: it is told for how long (tcp(7)). A process that is killed closes its connection at once; silence is a
// break until it has lasted too long. Errors: an older kernel, or a unix socket.
void outlast_breaks(int fd) {
  constexpr int resend_within_ms = 5000, rto_max_ms = 44;  // TCP_RTO_MAX_MS, Linux 6.15
  const int on = 1, idle_s = 30, every_s = 15;
  const int longest_ms = static_cast<int>(step_break_max.value * 1000);
  setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every_s, sizeof every_s);
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &longest_ms, sizeof longest_ms);
  setsockopt(fd, IPPROTO_TCP, rto_max_ms, &resend_within_ms, sizeof resend_within_ms);
}

}  // namespace

SessionKeys step_keys(const StepSecret& secret, StepSide side) {
  const std::string key = crypto::hkdf_extract(secret.srun_nonce + secret.node_nonce, secret.secret);
  std::string to_node = crypto::hkdf_expand(key, "slurmxx step: srun to node");
  std::string to_srun = crypto::hkdf_expand(key, "slurmxx step: node to srun");
  if (side == StepSide::srun) return {std::move(to_node), std::move(to_srun)};
  return {std::move(to_srun), std::move(to_node)};
}

bool answer_attachment(StepStream& stream, const Attachment& what, Random& random, Instant now) {
  AttachAnswer answer;
  answer.refusal = what.refusal;
  if (what.attach.nonce.size() != step_nonce_bytes) answer.refusal = "the attachment has no nonce of 32 bytes";
  if (answer.refusal.empty()) answer.nonce = random.bytes(step_nonce_bytes);
  const bool sent = stream.send(answer, now).ok() && stream.flush().ok();
  if (!sent || !answer.refusal.empty()) return false;
  stream.secure(step_keys({what.secret, what.attach.nonce, answer.nonce}, StepSide::node));
  return true;
}

StepStream::StepStream(int fd) : fd_(fd), reader_(handshake_bytes_max) {
  fcntl(fd_, F_SETFL, fcntl(fd_, F_GETFL) | O_NONBLOCK);
  outlast_breaks(fd_);
}

StepStream::StepStream(StepStream&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      peer_closed_(other.peer_closed_),
      session_(std::move(other.session_)),
      reader_(std::move(other.reader_)),
      out_(std::move(other.out_)),
      sent_(std::exchange(other.sent_, 0)),
      written_(other.written_) {}

StepStream& StepStream::operator=(StepStream&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(peer_closed_, other.peer_closed_);
  std::swap(session_, other.session_);
  std::swap(reader_, other.reader_);
  std::swap(out_, other.out_);
  std::swap(sent_, other.sent_);
  std::swap(written_, other.written_);
  return *this;
}

StepStream::~StepStream() {
  if (fd_ >= 0) close(fd_);
}

void StepStream::secure(SessionKeys keys) {
  session_ = Session::ageless(std::move(keys));
  reader_.set_body_max(frame_bytes_max);
}

Status StepStream::read() {
  std::array<char, 256u << 10> bytes;
  ssize_t n = 0;
  do n = recv(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT);
  while (n < 0 && errno == EINTR);
  if (n > 0) reader_.feed({bytes.data(), static_cast<std::size_t>(n)});
  if (n == 0) peer_closed_ = true;
  if (n >= 0 || errno == EAGAIN) return {};
  peer_closed_ = true;
  return fail(Errc::communication, fmt::format("lost the connection of the step: {}", strerror(errno)));
}

Status StepStream::flush() {
  while (pending() > 0) {
    const ssize_t n = ::send(fd_, out_.data() + sent_, pending(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return {};
    if (n < 0) {
      peer_closed_ = true;
      return fail(Errc::communication, fmt::format("lost the connection of the step: {}", strerror(errno)));
    }
    sent_ += static_cast<std::size_t>(n);
    written_ += static_cast<std::uint64_t>(n);
  }
  out_.clear();
  sent_ = 0;
  return {};
}

Status StepStream::exchange() {
  const Status written = flush();
  Status got = read();
  if (written) return got;
  constexpr int reads_max = 64;
  for (int i = 0; i < reads_max && got; ++i) got = read();
  return written;
}

bool StepStream::arrived() const {
  int unacknowledged = 0;
  return pending() == 0 && (ioctl(fd_, SIOCOUTQ, &unacknowledged) != 0 || unacknowledged == 0);
}

Status StepStream::queue(std::string body, Instant now) {
  if (session_) body = session_->seal({.request = {}, .type = 0, .body = std::move(body)}, now);
  if (sent_ > step_pending_bytes) out_.erase(0, std::exchange(sent_, 0));
  return append_frame(out_, body);
}

Result<std::optional<std::string>> StepStream::next_body(Instant now) {
  TRY_ASSIGN(auto frame, reader_.next());
  if (!frame || !session_) return frame;
  TRY_ASSIGN(Message message, session_->open(*frame, now));
  return std::optional<std::string>(std::move(message.body));
}

}  // namespace slurmxx
