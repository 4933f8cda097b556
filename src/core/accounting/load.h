// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Many orders as one: a file of `sacctmgr load` is carried out whole, or nothing of it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/accounting/execute.h"

namespace slurmxx {

// What a line asks for: to add it; where that changes nothing, as it is there already, to change what is there.
struct LoadStep {
  BookOrder add;
  std::optional<BookOrder> change;
  std::uint32_t line = 0;  // of the file
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "add", self.add);
    v(2, "change", self.change);
    v(3, "line", self.line);
  }
};

struct LoadOrder {
  std::string clean;  // the cluster that begins anew: the associations that the file does not name go
  std::vector<LoadStep> steps;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "clean", self.clean);
    v(2, "steps", self.steps);
  }
};

Outcome execute_all(const AccountBook& book, const Actor& actor, const LoadOrder& load, Instant now);

}  // namespace slurmxx
