// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// scontrol show topology [NAME] [unit=SWITCH_OR_BLOCK] [node=NODE]: what slurmctld has read of the network.
#include <fmt/format.h>

#include <algorithm>

#include "cli/command_output.h"
#include "commands/scontrol/show_topology.h"
#include "core/hostlist/hostlist.h"
#include "core/topology/node_topology.h"
#include "core/topology/topology.h"

namespace slurmxx {
namespace {

struct Asked {
  std::string name;  // of a topology; empty: the cluster's
  std::string unit;
  std::string node;
};

Asked asked_by(std::span<const std::string> arguments) {
  Asked asked;
  for (const std::string& word : arguments) {
    const auto pair = split_once(word, '=');
    if (pair && equal_ignoring_case(pair->first, "unit"))
      asked.unit = pair->second;
    else if (pair && equal_ignoring_case(pair->first, "node"))
      asked.node = pair->second;
    else
      asked.name = word;
  }
  return asked;
}

class TopologyText {
 public:
  TopologyText(const ClusterConfig& config, const TopologyLayoutConfig& layout)
      : names_(names_of(config)), topology_(layout, names_) {}

  std::vector<std::string> lines(const Asked& asked) const {
    std::vector<std::string> lines;
    for (std::uint32_t i = 0; i < topology_.units().size(); ++i) {
      const Topology::Unit& unit = topology_.units()[i];
      if (!asked.unit.empty() && unit.name != asked.unit) continue;
      if (!asked.node.empty() && !holds(unit, asked.node)) continue;
      lines.push_back(topology_.kind() == TopologyKind::tree ? switch_line(unit) : block_line(unit, i));
    }
    return lines;
  }

 private:
  static std::vector<std::string> names_of(const ClusterConfig& config) {
    std::vector<std::string> names;
    for (const NodeConfig& node : config.nodes) names.push_back(node.name);
    return names;
  }
  bool holds(const Topology::Unit& unit, const std::string& name) const {
    return std::any_of(unit.nodes.begin(), unit.nodes.end(), [&](NodeIndex i) { return names_[i.value] == name; });
  }
  std::string nodes_of(const Topology::Unit& unit) const {
    HostNames hosts;
    for (const NodeIndex node : unit.nodes) hosts.push_back(names_[node.value]);
    return fold_hosts_sorted(std::move(hosts));
  }
  std::string switch_line(const Topology::Unit& unit) const {
    std::string line = fmt::format("SwitchName={} Level={} LinkSpeed={} Nodes={}", unit.name, unit.level,
                                   unit.link_speed, nodes_of(unit));
    HostNames below;
    for (const std::uint32_t child : unit.children) below.push_back(topology_.units()[child].name);
    if (!below.empty()) line += " Switches=" + fold_hosts_sorted(std::move(below));
    return line;
  }
  std::string block_line(const Topology::Unit& unit, std::uint32_t index) const {
    return fmt::format("{}={} BlockIndex={} Nodes={} BlockSize={}", unit.level == 0 ? "BlockName" : "AggregatedBlock",
                       unit.name, index, nodes_of(unit), unit.block_size);
  }

  std::vector<std::string> names_;
  Topology topology_;
};

}  // namespace

int show_topology(const ScontrolCall& call) {
  constexpr std::string_view kind = "slurm_load_topo error: ";
  auto reply = ask<ConfigReply>(call.controller, ConfigRequest{}, call.output);
  if (!reply) return call.refused(kind, reply.error());
  const Asked asked = asked_by(call.arguments);
  const TopologyLayoutConfig* layout = reply->config.topology.find(asked.name);
  if (!layout && !asked.name.empty() && asked.name != "default") {
    call.refused(kind, fail("Requested topology configuration is not available"));
    return 0;  // as recorded
  }
  if (!layout || layout->kind == TopologyKind::flat) {
    if (!call.options.quiet) call.output.line("No topology information available");
    return 0;
  }
  const std::vector<std::string> lines =
      TopologyText(reply->config, layout_in_force(reply->config, *layout)).lines(asked);
  for (const std::string& line : lines) call.output.line(line);
  if (!lines.empty()) return 0;
  call.output.error_line(fmt::format("scontrol: error: Topology information contains no switch, block or node named {}",
                                     asked.unit.empty() ? asked.node : asked.unit));
  return 1;
}

}  // namespace slurmxx
