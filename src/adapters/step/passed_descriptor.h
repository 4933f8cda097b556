// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// One packet on a unix(7) socket, and a descriptor with it.
#pragma once

#include <string>

#include "adapters/net/file_descriptor.h"
#include "base/result.h"

namespace slurmxx {

// `passed` -1: none.
Status send_with_descriptor(int socket, std::string bytes, int passed);

struct Packet {
  std::string bytes;
  FileDescriptor passed;
};
// Error: the other side is gone, or (on a non-blocking socket) Errc::timeout when nothing is there now.
Result<Packet> receive_with_descriptor(int socket, std::size_t bytes_max);

}  // namespace slurmxx
