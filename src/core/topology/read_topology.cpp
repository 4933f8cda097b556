// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/topology/read_topology.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/config/record_reader.h"
#include "core/hostlist/hostlist.h"
#include "core/text/words.h"
#include "core/topology/node_topology.h"

namespace slurmxx {
namespace {

constexpr std::string_view switch_keys[] = {"SwitchName", "Nodes", "Switches", "LinkSpeed"};
constexpr std::string_view block_keys[] = {"BlockName", "Nodes"};
constexpr std::string_view size_keys[] = {"BlockSizes"};

Status check_hostlist(const std::string& where, const std::string& text) {
  if (auto names = expand_hostlist(text); !names) return fail(fmt::format("{}: {}", where, names.error().message));
  return {};
}

Status read_block_sizes(const std::string& where, std::string_view text, std::vector<std::uint32_t>& sizes) {
  for (const std::string_view word : split_commas(text)) {
    const auto size = parse_natural(word, {1, 1'000'000});
    if (!size) return fail(fmt::format("{}: block size {}: a number from 1 on is wanted", where, word));
    sizes.push_back(static_cast<std::uint32_t>(*size));
  }
  return {};
}

// Each size is the one before, doubled once or more often.
Status check_block_sizes(const std::string& where, const std::vector<std::uint32_t>& sizes) {
  for (std::size_t i = 1; i < sizes.size(); ++i) {
    const std::uint32_t times = sizes[i] / sizes[i - 1];
    const bool power_of_two = times > 1 && (times & (times - 1)) == 0 && times * sizes[i - 1] == sizes[i];
    if (!power_of_two)
      return fail(fmt::format("{}: block size {} behind {}: it has to be 2, 4, 8 ... times as large", where, sizes[i],
                              sizes[i - 1]));
  }
  return {};
}

// Whether following parents comes back.
bool goes_round(const std::map<std::string, std::string>& parents, const std::string& name) {
  std::string at = name;
  for (std::size_t i = 0; i <= parents.size(); ++i) {
    const auto parent = parents.find(at);
    if (parent == parents.end()) return false;
    at = parent->second;
  }
  return true;
}

Status check_switches(const std::string& file, const TopologyLayoutConfig& layout) {
  std::set<std::string> known;
  for (const TopologyUnitConfig& unit : layout.units)
    if (!known.insert(unit.name).second) return fail(fmt::format("{}: {} is there twice", file, unit.name));
  std::map<std::string, std::string> parents;
  for (const TopologyUnitConfig& unit : layout.units) {
    if (layout.kind == TopologyKind::tree && unit.nodes.empty() == unit.switches.empty())
      return fail(fmt::format("{}: switch {} needs either nodes or switches below it", file, unit.name));
    TRY_ASSIGN(const HostNames below, expand_hostlist(unit.switches));
    for (const std::string& name : below) {
      if (!known.contains(name))
        return fail(fmt::format("{}: switch {}: there is no switch {}", file, unit.name, name));
      parents.emplace(name, unit.name);
    }
  }
  for (const TopologyUnitConfig& unit : layout.units)
    if (goes_round(parents, unit.name)) return fail(fmt::format("{}: switch {} is above itself", file, unit.name));
  return {};
}

Status finish(const std::string& file, TopologyLayoutConfig& layout) {
  TRY(check_switches(file, layout));
  if (layout.kind != TopologyKind::block) return {};
  if (layout.block_sizes.empty() && !layout.units.empty()) {
    std::uint64_t least = UINT32_MAX;
    for (const TopologyUnitConfig& unit : layout.units) {
      TRY_ASSIGN(const std::uint64_t count, count_hosts(unit.nodes));
      least = std::min(least, count);
    }
    layout.block_sizes = {static_cast<std::uint32_t>(std::max<std::uint64_t>(least, 1))};
  }
  return check_block_sizes(file, layout.block_sizes);
}

// One line: a switch (or several of one hostlist's names), a block, or BlockSizes.
Status add_statement(const Statement& statement, TopologyLayoutConfig& layout) {
  const std::string where = place_of(statement);
  const std::string& head = statement.settings.front().key;
  const bool sizes = equal_ignoring_case(head, "BlockSizes");
  const bool tree = layout.kind == TopologyKind::tree;
  RecordKeys keys{tree ? "switch" : "block", block_keys, {}};
  if (tree) keys.known = switch_keys;
  if (sizes && !tree) keys.known = size_keys;
  KeyValues values;
  std::vector<std::string> warnings;
  TRY(add_settings(statement, keys, values, warnings));
  RecordReader reader(where, values);
  TopologyUnitConfig unit;
  std::string block_sizes;
  reader.text(tree ? "SwitchName" : "BlockName", unit.name);
  reader.text("Nodes", unit.nodes);
  reader.text("Switches", unit.switches);
  reader.text("BlockSizes", block_sizes);
  reader.number("LinkSpeed", unit.link_speed);
  TRY(reader.done());
  if (sizes && !tree) return read_block_sizes(where, block_sizes, layout.block_sizes);
  if (unit.name.empty()) return fail(fmt::format("{}: {} is missing", where, tree ? "SwitchName" : "BlockName"));
  TRY(check_hostlist(where, unit.nodes));
  TRY(check_hostlist(where, unit.switches));
  layout.units.push_back(std::move(unit));
  return {};
}

// What is under no switch can never be part of a wider job; what slurm.conf lacks may come later as a dynamic node.
void warn_of_nodes(const ClusterConfig& config, Warnings& warnings) {
  for (const TopologyLayoutConfig& layout : config.topology.layouts) {
    if (layout.kind == TopologyKind::flat) continue;
    std::set<std::string> listed;
    for (const TopologyUnitConfig& unit : layout.units)
      if (auto names = expand_hostlist(unit.nodes)) listed.insert(names->begin(), names->end());
    HostNames bare;
    for (const NodeConfig& node : config.nodes)
      if (listed.erase(node.name) == 0) bare.push_back(node.name);
    const HostNames strange(listed.begin(), listed.end());
    if (!bare.empty())
      warnings.push_back(fmt::format("topology {}: nothing connects {}", layout.name, fold_hosts_sorted(bare)));
    if (!strange.empty())
      warnings.push_back(
          fmt::format("topology {}: slurm.conf has no nodes {}", layout.name, fold_hosts_sorted(strange)));
  }
}

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/') + 1); }

}  // namespace

Result<TopologyConfig> parse_topology_conf(const std::string& path, TopologyKind kind, const FileReader& read) {
  TRY_ASSIGN(const ConfigText text, read_config_text(path, read));
  TopologyLayoutConfig layout{"default", kind, true, {}, {}};
  for (const Statement& statement : text.statements) TRY(add_statement(statement, layout));
  TRY(finish("topology.conf", layout));
  return TopologyConfig{{std::move(layout)}};
}

Status read_topology(ClusterConfig& config, const TopologyFiles& files, Warnings& warnings) {
  const std::string folder = folder_of(files.slurm_conf);
  const std::string& plugin = config.scheduling.topology_plugin;
  if (files.exists(folder + "topology.yaml")) {
    TRY_ASSIGN(const std::string text, files.read(folder + "topology.yaml"));
    TRY_ASSIGN(config.topology, parse_topology_yaml(text));
    for (TopologyLayoutConfig& layout : config.topology.layouts) TRY(finish("topology.yaml", layout));
  } else if (plugin == "topology/tree" || plugin == "topology/block") {
    const TopologyKind kind = plugin == "topology/tree" ? TopologyKind::tree : TopologyKind::block;
    TRY_ASSIGN(config.topology, parse_topology_conf(folder + "topology.conf", kind, files.read));
  }
  for (const PartitionConfig& partition : config.partitions)
    if (!partition.policy.topology.empty() && !config.topology.find(partition.policy.topology))
      return fail(fmt::format("{}: partition {}: there is no Topology={}", files.slurm_conf, partition.name,
                              partition.policy.topology));
  warn_of_nodes(config, warnings);
  for (const NodeConfig& node : config.nodes)
    if (const Status known = check_node_topology(config.topology, node.topology); !known)
      warnings.push_back(fmt::format("node {}: {}", node.name, known.error().message));
  return {};
}

}  // namespace slurmxx
