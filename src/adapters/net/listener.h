// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A TCP port of this machine, on every address it has: IPv6 and IPv4, or IPv4 alone where there is no IPv6.
#pragma once

#include "adapters/net/file_descriptor.h"
#include "base/result.h"

namespace slurmxx {

Result<FileDescriptor> listen_on_port(std::uint16_t port);  // 0: any that is free; non-blocking
std::uint16_t port_of(int listener);

}  // namespace slurmxx
