// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace slurmxx {

// One row of the key table with its effective value in the form the parser normalises to ("30", "yes", "INFINITE").
// Keys that may occur more than once (Prolog, SlurmctldHost) have one entry for each occurrence.
struct GlobalValue {
  std::string name;
  std::string value;  // empty: not set
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "value", self.value);
  }
  bool operator==(const GlobalValue&) const = default;
};

}  // namespace slurmxx
