// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The network as topology.conf or topology.yaml tells it: names alone, so that it can stand in the configuration and in
// the log. What it means for nodes: core/topology/topology.h. Ruled by topology.conf(5), topology.yaml(5).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace slurmxx {

enum class TopologyKind : std::uint8_t { flat = 0, tree = 1, block = 2 };

struct TopologyUnitConfig {  // a switch or a block
  std::string name;
  std::string nodes;     // hostlist; of a leaf switch or a block
  std::string switches;  // hostlist; of any other switch
  std::uint32_t link_speed = 1;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "nodes", self.nodes);
    v(3, "switches", self.switches);
    v(4, "link_speed", self.link_speed);
  }
  bool operator==(const TopologyUnitConfig&) const = default;
};

struct TopologyLayoutConfig {
  std::string name;  // "default" in topology.conf
  TopologyKind kind = TopologyKind::flat;
  bool cluster_default = false;
  std::vector<std::uint32_t> block_sizes;  // rising; the first is the planning base block size
  std::vector<TopologyUnitConfig> units;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "kind", self.kind);
    v(3, "cluster_default", self.cluster_default);
    v(4, "block_sizes", self.block_sizes);
    v(5, "units", self.units);
  }
  bool operator==(const TopologyLayoutConfig&) const = default;
};

struct TopologyConfig {
  std::vector<TopologyLayoutConfig> layouts;  // none: flat

  // Of that name; an empty name: the cluster's. Null: there is none.
  const TopologyLayoutConfig* find(const std::string& name) const {
    const TopologyLayoutConfig* first = layouts.empty() || !name.empty() ? nullptr : &layouts.front();
    for (const TopologyLayoutConfig& layout : layouts)
      if (name.empty() ? layout.cluster_default : layout.name == name) return &layout;
    return first;
  }

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "layouts", self.layouts);
  }
  bool operator==(const TopologyConfig&) const = default;
};

}  // namespace slurmxx
