// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Random bytes come in through a port, so that a simulated run replays. Production: adapters/random.h.
#pragma once

#include <cstddef>
#include <string>

namespace slurmxx {

class Random {
 public:
  virtual ~Random() = default;
  virtual std::string bytes(std::size_t count) = 0;
};

}  // namespace slurmxx
