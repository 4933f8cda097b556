// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The network of a cluster as placement sees it: a forest of units over the nodes. The lowest are leaf switches or
// blocks; what lies above are switches, or as many blocks together as BlockSizes says. Immutable. Where a job goes on
// it is core/place/network_choice.h's matter. Documents: topology.conf(5), the topology guide.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "core/topology/topology_config.h"

namespace slurmxx {

class Topology {
 public:
  static constexpr std::uint32_t nowhere = UINT32_MAX;

  struct Unit {
    std::string name;  // of several blocks: their hostlist
    std::uint32_t level = 0;
    std::uint32_t parent = nowhere;  // a place in units()
    std::uint32_t link_speed = 1;
    std::uint32_t block_size = 0;         // nodes, as BlockSizes has it
    std::vector<NodeIndex> nodes;         // under it, rising
    std::vector<std::uint32_t> children;  // places in units(), as written
  };
  struct Address {
    std::string address;  // s0.s1.n1
    std::string pattern;  // switch.switch.node
  };

  // Names of nodes by NodeIndex. Nodes that the cluster does not have are passed over.
  Topology(const TopologyLayoutConfig& layout, const std::vector<std::string>& node_names);

  TopologyKind kind() const { return kind_; }
  const std::vector<Unit>& units() const { return units_; }  // switches or blocks as written, then what is above blocks
  std::uint32_t leaf_of(NodeIndex node) const { return node.value < leaf_.size() ? leaf_[node.value] : nowhere; }
  // Of a block topology nodes of any blocks may work together; of a tree only those that a switch joins.
  bool joins_all() const { return kind_ == TopologyKind::block; }
  Address address_of(NodeIndex node, const std::string& name) const;

 private:
  void join_switches(const TopologyLayoutConfig& layout);
  void gather(std::uint32_t unit, std::uint32_t depth);
  void stack_blocks(const std::vector<std::uint32_t>& sizes);

  TopologyKind kind_;
  std::vector<Unit> units_;
  std::vector<std::uint32_t> leaf_;  // by NodeIndex
};

}  // namespace slurmxx
