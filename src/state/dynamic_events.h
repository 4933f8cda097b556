// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The events that are about nodes which slurm.conf does not have, and about the users' crontabs; event.h has the
// variant.
#pragma once

#include <string>
#include <vector>

#include "core/model/crontab.h"
#include "core/model/node.h"

namespace slurmxx {

// scontrol create NodeName, slurmd -Z. The node stands behind all others.
struct NodeAdded {
  Node node;
  std::vector<std::string> partitions;  // that take it in
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "node", self.node);
    v(2, "partitions", self.partitions);
  }
};

// scontrol delete NodeName. Those behind it move up.
struct NodeRemoved {
  NodeIndex node;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "node", self.node);
  }
};

// scrontab: the file of a user as it is from now on; no text: there is none.
struct CrontabSet {
  Crontab crontab;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "crontab", self.crontab);
  }
};

}  // namespace slurmxx
