// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The kernel's random bytes (getrandom). Fit for keys and nonces.
#pragma once

#include "ports/random.h"

namespace slurmxx {

class SystemRandom : public Random {
 public:
  std::string bytes(std::size_t count) override;
};

}  // namespace slurmxx
