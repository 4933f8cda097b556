// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Inside network_choice.cpp: nodes that lie together, and those taken so far.
#pragma once

#include <cstdint>
#include <tuple>
#include <vector>

#include "core/topology/topology.h"

namespace slurmxx {

using Places = std::vector<std::uint32_t>;  // in ArrangedChoice::nodes_

// Those that a choice has taken, though it may give some up for larger ones.
struct Taken {
  explicit Taken(std::size_t nodes) : is(nodes) {}
  void add(std::uint32_t node) {
    list.push_back(node);
    is[node] = true;
  }
  Places list = {};
  std::vector<bool> is;
};

// Nodes that lie together. Of what no switch connects each node is a leaf of its own.
struct Leaf {
  std::uint32_t unit = Topology::nowhere;
  Places members;
};

// Leaves that a job may be spread over.
struct Group {
  std::uint32_t level = 0;
  std::size_t nodes = 0;
  std::uint32_t first = 0;  // of its nodes
  std::vector<std::size_t> leaves;

  bool operator<(const Group& other) const {
    return std::tie(level, nodes, first) < std::tie(other.level, other.nodes, other.first);
  }
};

}  // namespace slurmxx
