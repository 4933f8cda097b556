// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The file of scrontab(1) that a user has, as it was written.
#pragma once

#include <cstdint>
#include <string>

#include "base/ids.h"

namespace slurmxx {

struct Crontab {
  Uid user;
  std::string text;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "user", self.user);
    v(2, "text", self.text);
  }
  bool operator==(const Crontab&) const = default;
};

}  // namespace slurmxx
