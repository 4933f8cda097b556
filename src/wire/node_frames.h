// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The frames of a node's session: a variant needs a struct around it to be encoded.
#pragma once

#include "wire/node_messages.h"

namespace slurmxx {

struct Reported {
  NodeReport report;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "report", self.report);
  }
};

struct Ordered {
  NodeOrder order;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "order", self.order);
  }
};

}  // namespace slurmxx
