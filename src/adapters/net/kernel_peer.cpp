// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/net/kernel_peer.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace slurmxx {

Result<Peer> kernel_peer_of(int fd) {
  ucred who{};
  socklen_t size = sizeof who;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0)
    return fail(Errc::communication, fmt::format("cannot tell who is at the other end: {}", strerror(errno)));
  return Peer{Uid(who.uid), Gid(who.gid)};
}

}  // namespace slurmxx
