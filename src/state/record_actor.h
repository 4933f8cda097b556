// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/ids.h"

namespace slurmxx {

// Who gave the order that an event carries out.
struct RecordActor {
  Uid uid;
  std::string host;  // where from
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "uid", self.uid);
    v(2, "host", self.host);
  }
};

}  // namespace slurmxx
