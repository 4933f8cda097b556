// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// poll(2) and plain sockets; every step that blocks has a moment at which it gives up.
#include "adapters/net/stream.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "adapters/clock/clock.h"

namespace slurmxx {
namespace {

Error net_error(std::string_view what, int code) {
  return fail(Errc::communication, fmt::format("{}: {}", what, std::strerror(code)));
}

Result<FileDescriptor> connect_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return fail(Errc::communication, fmt::format("{}: longer than a unix socket's path may be (107 characters)", path));
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  FileDescriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return net_error("socket", errno);
  if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return net_error(path, errno);
  ::fcntl(fd.get(), F_SETFL, O_NONBLOCK);
  return fd;
}

// Without `until` it may come back while the connection is still being made.
Result<FileDescriptor> connect_address(const addrinfo& address, const std::string& name,
                                       std::optional<MonoTime> until) {
  FileDescriptor fd(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return net_error("socket", errno);
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  notice_dead_peer(fd.get());
  if (::connect(fd.get(), address.ai_addr, address.ai_addrlen) != 0) {
    if (errno != EINPROGRESS) return net_error(name, errno);
    const int tries = 3;  // 15 s
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_SYNCNT, &tries, sizeof tries);
    if (!until) return fd;
    if (!wait_for(fd.get(), POLLOUT, *until)) return net_error(name, ETIMEDOUT);
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return net_error(name, error);
  }
  return fd;
}

enum class Patience { wait, begin };

Result<FileDescriptor> connect_tcp(const Endpoint& endpoint, MonoTime until, Patience patience = Patience::wait) {
  const std::string name = fmt::format("{}:{}", endpoint.host, endpoint.port);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int code = ::getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &hints, &found))
    return fail(Errc::communication, fmt::format("{}: {}", endpoint.host, ::gai_strerror(code)));
  Result<FileDescriptor> result = fail(Errc::communication, name + ": no address");
  const bool begin_only = patience == Patience::begin && found->ai_next == nullptr;  // else the next one is tried
  for (addrinfo* one = found; one && !result; one = one->ai_next)
    result = connect_address(*one, name, begin_only ? std::nullopt : std::optional(until));
  ::freeaddrinfo(found);
  return result;
}

Status send_all(int fd, std::string_view bytes, MonoTime until) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (!wait_for(fd, POLLOUT, until)) return net_error("send", ETIMEDOUT);
    } else if (errno != EINTR) {
      return net_error("send", errno);
    }
  }
  return {};
}

Result<std::string> read_frame(int fd, FrameReader& reader, MonoTime until) {
  while (true) {
    TRY_ASSIGN(std::optional<std::string> frame, reader.next());
    if (frame) return std::move(*frame);
    if (!wait_for(fd, POLLIN, until)) return net_error("the peer's answer", ETIMEDOUT);
    TRY_ASSIGN(const bool more, read_available(fd, reader));
    if (!more) return net_error("the peer", ECONNRESET);
  }
}

}  // namespace

void notice_dead_peer(int fd) {
  const int on = 1;
  const int idle_s = 60, every_s = 15, probes = 4;
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every_s, sizeof every_s);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

bool wait_for(int fd, short events, MonoTime until) {
  while (true) {
    const std::int64_t left = (until - mono_now()).value;
    pollfd one{fd, events, 0};
    const int ready = ::poll(&one, 1, left > 0 ? static_cast<int>(left) : 0);
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) return false;
  }
}

Result<FileDescriptor> connect_to(const Endpoint& endpoint, MonoTime until) {
  if (!endpoint.unix_path.empty()) return connect_unix(endpoint.unix_path);
  return connect_tcp(endpoint, until);
}

Result<FileDescriptor> begin_connect_to(const Endpoint& endpoint, MonoTime until) {
  return connect_tcp(endpoint, until, Patience::begin);
}

Result<bool> read_available(int fd, FrameReader& reader) {
  char buffer[64 << 10];
  const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
  if (got > 0) {
    reader.feed(std::string_view(buffer, static_cast<std::size_t>(got)));
    return true;
  }
  if (got == 0) return false;
  if (errno == EAGAIN || errno == EINTR) return true;
  return net_error("receive", errno);
}

Result<std::vector<Message>> Stream::receive(Instant now) {
  std::vector<Message> messages;
  TRY_ASSIGN(const bool more, read_available(fd(), reader_));
  while (true) {
    TRY_ASSIGN(std::optional<std::string> frame, reader_.next());
    if (!frame) break;
    TRY_ASSIGN(Message message, session_.open(*frame, now));
    messages.push_back(std::move(message));
  }
  if (!more && messages.empty()) return net_error("the peer", ECONNRESET);
  return messages;
}

Status Stream::send(const Message& message, Instant now) {
  if (unsent_.size() > unsent_bytes_max) return fail(Errc::communication, "the peer does not read: its queue is full");
  TRY(append_frame(unsent_, session_.seal(message, now)));
  return flush();
}

Status Stream::flush() {
  std::size_t done = 0;
  while (done < unsent_.size()) {
    const ssize_t sent = ::send(fd(), unsent_.data() + done, unsent_.size() - done, MSG_NOSIGNAL);
    if (sent > 0) {
      done += static_cast<std::size_t>(sent);
      continue;
    }
    if (errno == EAGAIN) break;
    if (errno != EINTR) return net_error("send", errno);
  }
  unsent_.erase(0, done);
  return {};
}

Result<Stream> open_stream(const Endpoint& endpoint, const OpenOptions& options, HandshakePorts ports) {
  const MonoTime until = mono_now() + options.timeout;
  TRY_ASSIGN(FileDescriptor fd, connect_to(endpoint, until));
  HandshakeOptions shake;
  shake.auth_kind = options.auth_kind;
  shake.server_uids = options.server_uids;
  if (!endpoint.unix_path.empty()) {
    TRY_ASSIGN(shake.kernel_peer, kernel_peer_of(fd.get()));
  }
  ClientHandshake handshake(shake, ports);
  TRY_ASSIGN(const std::string hello, handshake.hello());
  std::string bytes;
  TRY(append_frame(bytes, hello));
  TRY(send_all(fd.get(), bytes, until));
  FrameReader reader(handshake_bytes_max);
  TRY_ASSIGN(const std::string answer, read_frame(fd.get(), reader, until));
  TRY_ASSIGN(Established established, handshake.finish(answer));
  return Stream(std::move(fd), std::move(established));
}

}  // namespace slurmxx
