// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// poll(2) and plain sockets; every step that blocks has a moment at which it gives up.
#include "adapters/net/stream.h"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "adapters/clock/clock.h"

namespace slurmxx {
namespace {

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
    result = connect_address({one->ai_addr, one->ai_addrlen}, name, begin_only ? std::nullopt : std::optional(until));
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

Result<FileDescriptor> connect_to(const Endpoint& endpoint, MonoTime until) {
  if (!endpoint.unix_path.empty()) return connect_unix(endpoint.unix_path);
  return connect_tcp(endpoint, until);
}

Result<FileDescriptor> begin_connect_to(const Endpoint& endpoint, MonoTime until) {
  return connect_tcp(endpoint, until, Patience::begin);
}

Result<std::string> numeric_address(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &found))
    return fail(Errc::communication, fmt::format("{}: {}", host, ::gai_strerror(code)));
  char text[NI_MAXHOST] = "";
  const int code =
      ::getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST | NI_NUMERICSERV);
  ::freeaddrinfo(found);
  if (code != 0) return fail(Errc::communication, fmt::format("{}: {}", host, ::gai_strerror(code)));
  return std::string(text);
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
