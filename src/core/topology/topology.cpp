// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/topology/topology.h"

#include <algorithm>
#include <map>

#include "core/hostlist/hostlist.h"

namespace slurmxx {
namespace {

constexpr std::uint32_t levels_max = 64;

HostNames names_in(const std::string& hostlist) {
  auto names = expand_hostlist(hostlist);
  return names ? std::move(*names) : HostNames();
}

void add_nodes(std::vector<NodeIndex>& all, const std::vector<NodeIndex>& more) {
  all.insert(all.end(), more.begin(), more.end());
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
}

}  // namespace

Topology::Topology(const TopologyLayoutConfig& layout, const std::vector<std::string>& node_names)
    : kind_(layout.kind), leaf_(node_names.size(), nowhere) {
  std::map<std::string_view, std::uint32_t> index;
  for (std::uint32_t i = 0; i < node_names.size(); ++i) index.emplace(node_names[i], i);
  for (const TopologyUnitConfig& one : layout.units) {
    Unit unit;
    unit.name = one.name;
    unit.link_speed = one.link_speed;
    unit.block_size = layout.block_sizes.empty() ? 0 : layout.block_sizes.front();
    for (const std::string& name : names_in(one.nodes)) {
      const auto found = index.find(name);
      if (found == index.end()) continue;
      unit.nodes.push_back(NodeIndex(found->second));
      std::uint32_t& leaf = leaf_[found->second];  // a node with several links is counted at the first
      if (leaf == nowhere) leaf = static_cast<std::uint32_t>(units_.size());
    }
    std::sort(unit.nodes.begin(), unit.nodes.end());
    units_.push_back(std::move(unit));
  }
  if (kind_ == TopologyKind::tree) join_switches(layout);
  if (kind_ == TopologyKind::block) stack_blocks(layout.block_sizes);
}

// Levels and nodes of what lies above grow from below. Reading has refused rings.
void Topology::join_switches(const TopologyLayoutConfig& layout) {
  std::map<std::string_view, std::uint32_t> by_name;
  for (std::uint32_t i = 0; i < units_.size(); ++i) by_name.emplace(units_[i].name, i);
  for (std::uint32_t i = 0; i < units_.size(); ++i) {
    for (const std::string& name : names_in(layout.units[i].switches)) {
      const auto found = by_name.find(name);
      if (found == by_name.end() || found->second == i || units_[found->second].parent != nowhere) continue;
      units_[found->second].parent = i;
      units_[i].children.push_back(found->second);
    }
  }
  for (std::uint32_t i = 0; i < units_.size(); ++i)
    if (units_[i].parent == nowhere) gather(i, 0);
}

void Topology::gather(std::uint32_t place, std::uint32_t depth) {
  Unit& unit = units_[place];
  if (depth > levels_max) return;
  for (const std::uint32_t child : unit.children) {
    gather(child, depth + 1);
    unit.level = std::max(unit.level, units_[child].level + 1);
    add_nodes(unit.nodes, units_[child].nodes);
  }
}

// As many blocks one behind the other as a larger size holds of the base one.
void Topology::stack_blocks(const std::vector<std::uint32_t>& sizes) {
  const auto blocks = static_cast<std::uint32_t>(units_.size());
  std::vector<std::uint32_t> below;  // the units of the level below
  for (std::uint32_t i = 0; i < blocks; ++i) below.push_back(i);
  for (std::uint32_t level = 1; level < sizes.size(); ++level) {
    const std::uint32_t count = std::max(1u, sizes[level] / std::max(1u, sizes[level - 1]));
    std::vector<std::uint32_t> here;
    for (std::uint32_t first = 0; first < below.size(); first += count) {
      Unit unit;
      unit.level = level;
      unit.block_size = sizes[level];
      HostNames names;
      for (std::uint32_t i = first; i < std::min<std::size_t>(first + count, below.size()); ++i) {
        Unit& child = units_[below[i]];
        child.parent = static_cast<std::uint32_t>(units_.size());
        unit.children.push_back(below[i]);
        add_nodes(unit.nodes, child.nodes);
        for (const std::string& name : names_in(child.name)) names.push_back(name);
      }
      unit.name = fold_hosts(names);
      here.push_back(static_cast<std::uint32_t>(units_.size()));
      units_.push_back(std::move(unit));
    }
    below = std::move(here);
  }
}

Topology::Address Topology::address_of(NodeIndex node, const std::string& name) const {
  Address found{name, "node"};
  if (kind_ == TopologyKind::flat) return found;
  std::uint32_t unit = leaf_of(node);
  const bool tree = kind_ == TopologyKind::tree;
  for (std::uint32_t depth = 0; unit != nowhere && depth <= levels_max; ++depth) {
    found.address = units_[unit].name + "." + found.address;
    found.pattern = (tree ? "switch." : "block.") + found.pattern;
    unit = tree ? units_[unit].parent : nowhere;
  }
  return found;
}

}  // namespace slurmxx
