// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Who is at the other end of a unix socket, as the kernel says.
#pragma once

#include "base/result.h"
#include "wire/handshake.h"

namespace slurmxx {

Result<Peer> kernel_peer_of(int fd);  // SO_PEERCRED

}  // namespace slurmxx
