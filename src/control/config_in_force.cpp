// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// slurm.conf and what came after it: dynamic nodes, the keys of nodes and partitions that scontrol has changed, and the
// licences that sacctmgr gives to this cluster.
#include <algorithm>

#include "control/configure.h"
#include "control/suspend_exceptions.h"
#include "core/config/dynamic_nodes.h"
#include "core/hostlist/hostlist.h"
#include "core/licenses/licenses.h"
#include "core/text/words.h"
#include "state/codec.h"

namespace slurmxx {
namespace {

NodeConfig config_of(const Node& node) {
  auto config = decode<NodeConfig>(node.dynamic);
  SLURMXX_CHECK(config.ok());
  return std::move(*config);
}

bool is_overridden(const Node& node) { return !(node.overrides == NodeOverrides{}); }

void put_over(const NodeOverrides& over, NodeConfig& node) {
  if (over.address) node.address = *over.address;
  if (over.host_name) node.hostname = *over.host_name;
  if (over.port) node.port = static_cast<std::uint16_t>(*over.port);
  if (over.gres) node.gres = *over.gres;
  if (over.cpu_bind) node.cpu_bind = *over.cpu_bind;
  if (over.topology) node.topology = *over.topology;
  if (!over.features) return;
  node.features.clear();
  for (std::string_view feature : split_commas(*over.features)) node.features.emplace_back(feature);
}

bool is_changed(const State& state, const ClusterConfig& file) {
  bool changed = !shared_licenses(state, file).empty() || !state.settings().empty();
  state.nodes().for_each(
      [&](std::uint64_t, const Node& node) { changed = changed || !node.dynamic.empty() || is_overridden(node); });
  for (const auto& partition : state.partitions()) {
    const PartitionConfig* of_file = find_partition(file, partition->name);
    changed = changed || !partition->settings.empty() || !of_file || of_file->nodes != partition->nodes;
  }
  return changed;
}

void add_nodes(ClusterConfig& config, const State& state) {
  const std::size_t of_file = config.nodes.size();
  state.nodes().for_each([&](std::uint64_t number, const Node& node) {
    if (number >= of_file) config.nodes.push_back(config_of(node));
    NodeConfig& one = config.nodes[number];
    if (is_overridden(node)) put_over(node.overrides, one);
    if (number < of_file || one.features.empty()) return;
    for (NodeSetConfig& set : config.node_sets)
      if (std::find(one.features.begin(), one.features.end(), set.feature) != one.features.end())
        set.nodes.push_back(NodeIndex(static_cast<std::uint32_t>(number)));
  });
}

void change_partitions(ClusterConfig& config, const State& state) {
  for (const auto& partition : state.partitions()) {
    auto known = std::find_if(config.partitions.begin(), config.partitions.end(),
                              [&](const PartitionConfig& one) { return one.name == partition->name; });
    if (known == config.partitions.end()) {
      config.partitions.emplace_back().name = partition->name;
      known = config.partitions.end() - 1;
    }
    for (const PartitionSetting& setting : partition->settings)
      static_cast<void>(set_partition_key(*known, setting.key, setting.value));  // it was judged before
    if (known->nodes == partition->nodes) continue;
    known->nodes = partition->nodes;
    HostFolder names;
    for (const NodeIndex node : partition->nodes) names.add(config.nodes[node.value].name);
    known->nodes_text = names.take();
  }
}

void add_licenses(ClusterConfig& config, const State& state) {
  const LicenseCounts shared = shared_licenses(state, config);
  if (shared.empty()) return;
  std::string& licenses = config.scheduling.licenses;
  licenses += (licenses.empty() ? "" : ",") + license_text(shared);
}

}  // namespace

std::string license_name(const ResourceRow& row) { return row.name + "@" + row.server; }

LicenseCounts shared_licenses(const State& state, const ClusterConfig& config) {
  LicenseCounts shared;
  if (!state.accounts()) return shared;
  for (const ResourceRow& row : state.accounts()->resources) {
    const ResourceShare* share = row.share_of(lower(config.identity.cluster_name));
    if (!share) continue;
    shared.push_back({license_name(row), row.given(*share)});
  }
  return shared;
}

LicenseCounts licenses_away(const State& state, const ClusterConfig& config) {
  LicenseCounts away;
  if (!state.accounts()) return away;
  const std::string cluster = lower(config.identity.cluster_name);
  for (const ResourceRow& row : state.accounts()->resources)
    if (const ResourceShare* share = row.share_of(cluster)) away.push_back({license_name(row), row.deficit(*share)});
  return away;
}

std::shared_ptr<const ClusterConfig> config_in_force(const std::shared_ptr<const ClusterConfig>& file,
                                                     const State& state) {
  if (state.nodes().size() < file->nodes.size() || !is_changed(state, *file)) return file;
  auto config = std::make_shared<ClusterConfig>(*file);
  add_nodes(*config, state);
  add_licenses(*config, state);
  change_partitions(*config, state);
  put_exceptions_over(state.settings(), *config);
  return config;
}

ClusterConfigured::NodeRow dynamic_row(const NodeConfig& node) {
  ClusterConfig alone;
  alone.nodes.push_back(node);
  ClusterConfigured::NodeRow row = configured_event(alone).nodes.front();
  row.dynamic = encode(node);
  return row;
}

ClusterConfigured configured_event(const ClusterConfig& config, const State& state) {
  ClusterConfigured event = configured_event(config);
  state.nodes().for_each([&](std::uint64_t, const Node& node) {
    if (node.dynamic.empty() || find_node(config, node.name)) return;
    NodeConfig own = config_of(node);
    const NodeIndex index(static_cast<std::uint32_t>(event.nodes.size()));
    ClusterConfigured::NodeRow& row = event.nodes.emplace_back(dynamic_row(own));
    row.features = node.features_active;
    row.weight = node.weight;
    row.base = NodeBase::unknown;  // as it is
    if (node.overrides.features) put_over(node.overrides, own);
    for (Partition& partition : event.partitions)
      if (takes_in(partition.nodes_asked, own, config.node_sets)) partition.nodes.push_back(index);
  });
  return event;
}

}  // namespace slurmxx
