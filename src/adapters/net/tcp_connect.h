// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// TCP connections to addresses, without names: what slurmstepd may use, which is a static program
// (docs/decisions/0008). Names are looked up in adapters/net/stream.h.
#pragma once

#include <sys/socket.h>

#include <optional>
#include <string>

#include "adapters/net/file_descriptor.h"
#include "base/result.h"
#include "base/units.h"

namespace slurmxx {

struct SocketAddress {
  const sockaddr* address = nullptr;
  socklen_t size = 0;
};

// A non-blocking socket. Without `until` it may come back while the connection is still being made. `name`: for errors.
Result<FileDescriptor> connect_address(const SocketAddress& to, const std::string& name, std::optional<MonoTime> until);
// `address`: IPv4 or IPv6 in digits. The connection may still be on its way: poll(2) for writing, and the first send or
// receive tells what became of it.
Result<FileDescriptor> begin_connect_numeric(const std::string& address, std::uint16_t port);
// A TCP connection whose other machine is gone without a word ends after two minutes.
void notice_dead_peer(int fd);
// False: the time is over.
bool wait_for(int fd, short events, MonoTime until);
Error net_error(std::string_view what, int code);

}  // namespace slurmxx
