// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/net/tcp_connect.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "adapters/clock/clock.h"

namespace slurmxx {

Error net_error(std::string_view what, int code) {
  return fail(Errc::communication, fmt::format("{}: {}", what, std::strerror(code)));
}

Result<FileDescriptor> connect_address(const SocketAddress& to, const std::string& name,
                                       std::optional<MonoTime> until) {
  FileDescriptor fd(::socket(to.address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return net_error("socket", errno);
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  notice_dead_peer(fd.get());
  if (::connect(fd.get(), to.address, to.size) != 0) {
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

Result<FileDescriptor> begin_connect_numeric(const std::string& address, std::uint16_t port) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  if (::inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1)
    return connect_address({reinterpret_cast<sockaddr*>(&v4), sizeof v4}, address, std::nullopt);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  if (::inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr) == 1)
    return connect_address({reinterpret_cast<sockaddr*>(&v6), sizeof v6}, address, std::nullopt);
  return fail(Errc::communication, fmt::format("{}: not an address in digits", address));
}

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

}  // namespace slurmxx
