// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// clock_gettime(2).
#include "adapters/clock/clock.h"

#include <time.h>

namespace slurmxx {

Instant wall_now() {
  timespec at{};
  clock_gettime(CLOCK_REALTIME, &at);
  return Instant(at.tv_sec);
}

MonoTime mono_now() {
  timespec at{};
  clock_gettime(CLOCK_MONOTONIC, &at);
  return MonoTime(static_cast<std::int64_t>(at.tv_sec) * 1000 + at.tv_nsec / 1'000'000);
}

}  // namespace slurmxx
