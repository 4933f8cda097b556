// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Takes connections off a listener also when no descriptor is left: a connection that waits in the queue and cannot be
// taken would wake poll(2) again and again, and whoever opens enough of them would own the processor.
#pragma once

#include <functional>

#include "adapters/net/file_descriptor.h"

namespace slurmxx {

class Acceptor {
 public:
  Acceptor();

  // The next connection, non-blocking and close-on-exec; none: nobody waits any more. Without descriptors make_room()
  // is asked to close one; when it cannot (false) the newcomer is turned away.
  FileDescriptor next(int listener, const std::function<bool()>& make_room);

 private:
  FileDescriptor spare_;  // closed to take, and close, a newcomer
};

std::size_t descriptor_limit();  // of open files
// The limit of open files, raised as far as this process may; returns it.
std::size_t raise_descriptor_limit();

}  // namespace slurmxx
