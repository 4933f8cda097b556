// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/node_order.h"

#include <map>
#include <utility>

namespace slurmxx {

std::vector<NodeIndex> alike_together(const ClusterView& view) {
  std::vector<std::vector<std::uint32_t>> partitions(view.nodes.size());
  for (std::uint32_t i = 0; i < view.partitions.size(); ++i)
    for (const NodeIndex node : view.partitions[i].nodes) partitions.at(node.value).push_back(i);
  std::map<std::pair<std::vector<std::uint32_t>, std::string_view>, std::vector<NodeIndex>> alike;
  for (std::uint32_t i = 0; i < view.nodes.size(); ++i)
    alike[{std::move(partitions[i]), view.nodes[i]->features_active}].push_back(NodeIndex(i));
  std::vector<NodeIndex> order;
  order.reserve(view.nodes.size());
  for (const auto& [what, nodes] : alike) order.insert(order.end(), nodes.begin(), nodes.end());
  return order;
}

}  // namespace slurmxx
