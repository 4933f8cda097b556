// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// scontrol show topoconf: the topologies in force as topology.yaml(5) writes them, also those of topology.conf.
#include <fmt/format.h>

#include "cli/command_output.h"
#include "commands/scontrol/show_topology.h"
#include "core/topology/node_topology.h"

namespace slurmxx {
namespace {

std::string unit_text(const TopologyUnitConfig& unit, std::string_view word) {
  std::string text = fmt::format("      - {}: {}\n", word, unit.name);
  if (!unit.switches.empty()) text += fmt::format("        children: {}\n", unit.switches);
  if (!unit.nodes.empty()) text += fmt::format("        nodes: {}\n", unit.nodes);
  return text;
}

std::string units_text(const TopologyLayoutConfig& layout) {
  const bool tree = layout.kind == TopologyKind::tree;
  std::string text = tree ? "  tree:\n    switches:\n" : "  block:\n";
  if (!tree && !layout.block_sizes.empty()) text += "    block_sizes:\n";
  for (const std::uint32_t size : layout.block_sizes) text += fmt::format("      - {}\n", size);
  if (!tree) text += "    blocks:\n";
  for (const TopologyUnitConfig& unit : layout.units) text += unit_text(unit, tree ? "switch" : "block");
  return text;
}

}  // namespace

std::string topology_yaml(const TopologyConfig& config) {
  std::vector<TopologyLayoutConfig> layouts = config.layouts;
  if (layouts.empty()) layouts.push_back({"default", TopologyKind::flat, true, {}, {}});
  const TopologyLayoutConfig* standard = config.find("");
  std::string text = "---\n";
  for (const TopologyLayoutConfig& layout : layouts) {
    const bool is_standard = !standard || layout.name == standard->name;
    text += fmt::format("- topology: {}\n  cluster_default: {}\n", layout.name, is_standard);
    text += layout.kind == TopologyKind::flat ? "  flat: true\n" : units_text(layout);
  }
  return text;
}

int show_topoconf(const ScontrolCall& call) {
  auto reply = ask<ConfigReply>(call.controller, ConfigRequest{}, call.output);
  if (!reply) return call.refused("slurm_load_topo error: ", reply.error());
  TopologyConfig in_force = reply->config.topology;
  for (TopologyLayoutConfig& layout : in_force.layouts) layout = layout_in_force(reply->config, layout);
  call.output.print(topology_yaml(in_force));
  return 0;
}

}  // namespace slurmxx
