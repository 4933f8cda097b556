// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/system_random.h"

#include <sys/random.h>

#include <cerrno>

#include "base/check.h"

namespace slurmxx {

std::string SystemRandom::bytes(std::size_t count) {
  std::string out(count, '\0');
  std::size_t done = 0;
  while (done < count) {
    const ssize_t got = getrandom(out.data() + done, count - done, 0);
    SLURMXX_CHECK(got > 0 || errno == EINTR);  // without random bytes there is no safe way on
    if (got > 0) done += static_cast<std::size_t>(got);
  }
  return out;
}

}  // namespace slurmxx
