// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "core/text/words.h"
#include "core/text/yaml_text.h"
#include "core/topology/read_topology.h"

namespace slurmxx {
namespace {

using Kind = YamlNode::Kind;

Error refuse(const YamlNode& node, std::string_view what) {
  return fail(fmt::format("topology.yaml line {}: {}", node.line, what));
}

Status check_keys(const YamlNode& node, std::span<const std::string_view> known) {
  if (node.kind != Kind::map) return refuse(node, "\"key: value\" is wanted");
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    const std::string& key = node.keys[i];
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    return refuse(node.items[i].line > 0 ? node.items[i] : node,
                  fmt::format("unknown key {}{}", key, did_you_mean(key, known)));
  }
  return {};
}

std::string text_at(const YamlNode& node, std::string_view key) {
  const YamlNode* found = node.find(key);
  return found ? found->value : "";
}

struct UnitKeys {
  std::string_view list;      // switches
  std::string_view name;      // switch
  std::string_view children;  // empty: blocks have none
};

Status add_units(const YamlNode& node, const UnitKeys& keys, TopologyLayoutConfig& layout) {
  const YamlNode* list = node.find(keys.list);
  if (!list || list->kind != Kind::list) return refuse(node, fmt::format("a list of {} is wanted", keys.list));
  const std::string_view known[] = {keys.name, "nodes", keys.children};
  for (const YamlNode& item : list->items) {
    TRY(check_keys(item, known));
    TopologyUnitConfig unit;
    unit.name = text_at(item, keys.name);
    unit.nodes = text_at(item, "nodes");
    if (!keys.children.empty()) unit.switches = text_at(item, keys.children);
    if (unit.name.empty()) return refuse(item, fmt::format("{}: its name is wanted", keys.name));
    layout.units.push_back(std::move(unit));
  }
  return {};
}

Status read_tree(const YamlNode& node, TopologyLayoutConfig& layout) {
  static constexpr std::string_view known[] = {"switches"};
  layout.kind = TopologyKind::tree;
  TRY(check_keys(node, known));
  return add_units(node, {"switches", "switch", "children"}, layout);
}

Status read_blocks(const YamlNode& node, TopologyLayoutConfig& layout) {
  static constexpr std::string_view known[] = {"block_sizes", "blocks"};
  layout.kind = TopologyKind::block;
  TRY(check_keys(node, known));
  if (const YamlNode* sizes = node.find("block_sizes")) {
    for (const YamlNode& item : sizes->items) {
      const auto size = parse_natural(item.value, {1, 1'000'000});
      if (!size) return refuse(item, fmt::format("block size {}: a number from 1 on is wanted", item.value));
      layout.block_sizes.push_back(static_cast<std::uint32_t>(*size));
    }
  }
  return add_units(node, {"blocks", "block", ""}, layout);
}

Status read_flat(const YamlNode& node, TopologyLayoutConfig&) {
  const auto on = parse_yes_no(node.value);
  if (!on || !*on) return refuse(node, "flat: true is wanted");
  return {};
}

struct TypeRow {
  std::string_view key;
  Status (*read)(const YamlNode& node, TopologyLayoutConfig& layout);
};
constexpr TypeRow types[] = {{"tree", read_tree}, {"block", read_blocks}, {"flat", read_flat}};

Result<TopologyLayoutConfig> read_layout(const YamlNode& node) {
  static constexpr std::string_view known[] = {"topology", "cluster_default", "tree", "block", "flat"};
  TRY(check_keys(node, known));
  TopologyLayoutConfig layout;
  layout.name = text_at(node, "topology");
  if (layout.name.empty()) return refuse(node, "topology: its name is wanted");
  if (const YamlNode* flag = node.find("cluster_default")) {
    const auto on = parse_yes_no(flag->value);
    if (!on) return refuse(*flag, "cluster_default: true or false is wanted");
    layout.cluster_default = *on;
  }
  int count = 0;
  for (const TypeRow& type : types) {
    const YamlNode* found = node.find(type.key);
    if (!found) continue;
    ++count;
    TRY(type.read(*found, layout));
  }
  if (count != 1)
    return refuse(node, fmt::format("topology {}: exactly one of tree, block and flat is wanted", layout.name));
  return layout;
}

}  // namespace

Result<TopologyConfig> parse_topology_yaml(std::string_view text) {
  auto root = parse_yaml(text);
  if (!root) return fail("topology.yaml " + root.error().message);
  TopologyConfig config;
  if (root->kind != Kind::list) return fail("topology.yaml: a list of topologies is wanted");
  for (const YamlNode& item : root->items) {
    TRY_ASSIGN(TopologyLayoutConfig layout, read_layout(item));
    if (!layout.name.empty() && config.find(layout.name))
      return refuse(item, fmt::format("topology {} is there twice", layout.name));
    config.layouts.push_back(std::move(layout));
  }
  return config;
}

}  // namespace slurmxx
