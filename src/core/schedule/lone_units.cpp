// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/lone_units.h"

#include <algorithm>
#include <set>

#include "core/hostlist/hostlist.h"
#include "core/schedule/demand.h"
#include "core/schedule/node_parts.h"

namespace slurmxx {

std::vector<NodeIndex> units_of(const ClusterView& view, const Topology& topology,
                                const std::vector<NodeIndex>& nodes) {
  std::vector<NodeIndex> all;
  for (NodeIndex node : nodes) {
    if (view.parts) node = view.parts->node_of(node);
    const std::uint32_t leaf = topology.leaf_of(node);
    if (leaf == Topology::nowhere) all.push_back(node);
    if (leaf != Topology::nowhere)
      all.insert(all.end(), topology.units()[leaf].nodes.begin(), topology.units()[leaf].nodes.end());
  }
  for (std::size_t i = view.parts ? all.size() : 0; i-- > 0;)
    if (const auto* parts = view.parts->beside(all[i])) all.insert(all.end(), parts->begin(), parts->end());
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

std::vector<NodeIndex> nodes_of(const std::vector<Booking>& bookings) {
  std::vector<NodeIndex> nodes;
  for (const Booking& booking : bookings) nodes.push_back(booking.node);
  return nodes;
}

std::vector<NodeIndex> nodes_held(const Job& job) {
  std::vector<NodeIndex> nodes;
  if (!job.allocation) return nodes;
  for (const NodeShare& share : job.allocation->shares)
    if (job.runs() || std::ranges::find(job.unfinished, share.node) != job.unfinished.end())
      nodes.push_back(share.node);
  return nodes;
}

bool may_hold_units(const ClusterView& view, const Job& job) {
  return job.spec->placement.sharing == Sharing::exclusive_topo ||
         std::ranges::any_of(view.partitions, [](const auto& one) { return one.caps.alone_in_units; });
}

std::vector<NodeIndex> units_held(const ClusterView& view, const Job& job) {
  if (!job.allocation || !may_hold_units(view, job)) return {};
  const PlanPartition* partition = view.find_partition(job.allocation->partition);
  const Topology* topology = partition ? units_alone(*job.spec, *partition) : nullptr;
  if (!topology) return {};
  return units_of(view, *topology, nodes_held(job));
}

bool is_unit_free(const ClusterView& view, const Topology& topology, const std::vector<NodeSpace>& spaces,
                  NodeIndex node) {
  return std::ranges::all_of(units_of(view, topology, {node}),
                             [&](NodeIndex one) { return is_unused(spaces[one.value].room().free); });
}

static bool meet(const std::vector<NodeIndex>& rising, const std::vector<NodeIndex>& nodes) {
  return std::ranges::any_of(nodes, [&](NodeIndex node) { return std::ranges::binary_search(rising, node); });
}

bool has_its_units(const ClusterView& view, const Job& job) {
  const std::vector<NodeIndex> own = units_held(view, job), nodes = nodes_held(job);
  return std::ranges::none_of(view.running, [&](const Job* other) {
    if (other == &job || other->without_cpus()) return false;
    return (!own.empty() && meet(own, nodes_held(*other))) || meet(units_held(view, *other), nodes);
  });
}

std::string taken_units(const ClusterView& view, const Topology& topology, const std::vector<NodeSpace>& spaces,
                        const std::vector<NodeIndex>& nodes) {
  std::set<std::string> names;
  for (const NodeIndex node : nodes) {
    if (is_unit_free(view, topology, spaces, node)) continue;
    const NodeIndex whole = view.parts ? view.parts->node_of(node) : node;
    const std::uint32_t leaf = topology.leaf_of(whole);
    names.insert(leaf == Topology::nowhere ? view.nodes[whole.value]->name : topology.units()[leaf].name);
  }
  return fold_hosts_sorted(HostNames(names.begin(), names.end()));
}

}  // namespace slurmxx
