// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace slurmxx {
void check_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "fatal: broken invariant: %s (%s:%d). This is a bug in slurmxx; the log on disk is intact.\n",
               expression, file, line);
  std::abort();
}
}  // namespace slurmxx
