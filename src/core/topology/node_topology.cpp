// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/topology/node_topology.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "core/hostlist/hostlist.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

// The units of one network, from the top down; nothing: the text says nothing of it.
std::vector<std::string> path_in(const std::string& layout, std::string_view text) {
  for (const std::string_view entry : split_commas(text)) {
    const auto pieces = split(entry, ':');
    if (pieces.front() == layout) return {pieces.begin() + 1, pieces.end()};
  }
  return {};
}

TopologyUnitConfig* unit_named(TopologyLayoutConfig& layout, const std::string& name) {
  const auto found = std::ranges::find(layout.units, name, &TopologyUnitConfig::name);
  return found == layout.units.end() ? nullptr : &*found;
}

void append(std::string& hostlist, const std::string& name) { hostlist += (hostlist.empty() ? "" : ",") + name; }

// Null: there is none, and none can be added.
TopologyUnitConfig* unit_of(TopologyLayoutConfig& layout, const std::vector<std::string>& path) {
  if (path.empty()) return nullptr;
  if (TopologyUnitConfig* unit = unit_named(layout, path.back())) return unit->switches.empty() ? unit : nullptr;
  if (layout.kind == TopologyKind::tree) {
    if (path.size() < 2) return nullptr;
    TopologyUnitConfig* above = unit_named(layout, path[path.size() - 2]);
    if (!above || !above->nodes.empty()) return nullptr;
    append(above->switches, path.back());
  }
  layout.units.push_back({path.back(), "", "", 1});
  return &layout.units.back();
}

void leave_others(TopologyLayoutConfig& layout, const std::set<std::string>& moved) {
  for (TopologyUnitConfig& unit : layout.units) {
    auto names = expand_hostlist(unit.nodes);
    if (!names || std::ranges::none_of(*names, [&](const std::string& name) { return moved.contains(name); })) continue;
    std::erase_if(*names, [&](const std::string& name) { return moved.contains(name); });
    unit.nodes = fold_hosts(*names);
  }
}

}  // namespace

TopologyLayoutConfig layout_with(TopologyLayoutConfig layout, const NodePlacesOnNetwork& nodes) {
  std::map<std::string, std::vector<std::string>> paths;
  std::set<std::string> moved;
  for (const auto& [node, text] : nodes) {
    auto path = path_in(layout.name, text);
    TopologyLayoutConfig probe = layout;
    if (path.empty() || !unit_of(probe, path)) continue;
    moved.insert(node);
    paths.emplace(node, std::move(path));
  }
  if (moved.empty()) return layout;
  leave_others(layout, moved);
  for (const auto& [node, path] : paths) append(unit_of(layout, path)->nodes, node);
  return layout;
}

TopologyLayoutConfig layout_in_force(const ClusterConfig& config, const TopologyLayoutConfig& layout) {
  NodePlacesOnNetwork own;
  for (const NodeConfig& node : config.nodes)
    if (!node.topology.empty()) own.emplace_back(node.name, node.topology);
  return layout_with(layout, own);
}

Status check_node_topology(const TopologyConfig& config, const std::string& text) {
  for (const std::string_view entry : split_commas(text)) {
    const std::string name(split(entry, ':').front());
    const TopologyLayoutConfig* known = name.empty() ? nullptr : config.find(name);
    if (!known) return fail(fmt::format("Topology={}: there is no topology {}", text, name));
    TopologyLayoutConfig layout = *known;
    if (layout.kind != TopologyKind::flat && !unit_of(layout, path_in(name, entry)))
      return fail(fmt::format("Topology={}: topology {} has no such place for a node", text, name));
  }
  return {};
}

}  // namespace slurmxx
