// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/net/listener.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace slurmxx {
namespace {

// 0, or the errno.
int listen_at(int family, const sockaddr* address, socklen_t size, FileDescriptor& into) {
  FileDescriptor fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return errno;
  const int on = 1, off = 0;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (family == AF_INET6) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (::bind(fd.get(), address, size) != 0 || ::listen(fd.get(), SOMAXCONN) != 0) return errno;
  into = std::move(fd);
  return 0;
}

}  // namespace

Result<FileDescriptor> listen_on_port(std::uint16_t port) {
  FileDescriptor fd;
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(port);
  int code = listen_at(AF_INET6, reinterpret_cast<const sockaddr*>(&six), sizeof six, fd);
  if (code == EAFNOSUPPORT || code == EADDRNOTAVAIL) {
    sockaddr_in four{};
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    code = listen_at(AF_INET, reinterpret_cast<const sockaddr*>(&four), sizeof four, fd);
  }
  if (code == 0) return fd;
  const char* cure = code == EADDRINUSE ? " (does another daemon run there?)" : "";
  return fail(Errc::communication, fmt::format("cannot listen on port {}: {}{}", port, std::strerror(code), cure));
}

std::uint16_t port_of(int listener) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<sockaddr_in&>(address).sin_port);
}

}  // namespace slurmxx
