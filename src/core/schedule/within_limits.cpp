// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/within_limits.h"

#include <algorithm>

namespace slurmxx {

namespace {

// How many of the nodes that were found they let it have.
std::uint32_t nodes_allowed(const ClusterView& view, const Search::Request& request, const Allocation& found) {
  std::size_t allowed = 0, forbidden = found.shares.size();
  while (forbidden - allowed > 1) {
    const std::size_t middle = allowed + (forbidden - allowed) / 2;
    Allocation fewer = found;
    fewer.shares.resize(middle);
    const bool may = !view.limits->obstacle_of(*request.judged, view.partitions[request.partition], fewer);
    (may ? allowed : forbidden) = middle;
  }
  return static_cast<std::uint32_t>(allowed);
}

}  // namespace

void place_within_limits(Search& search, const ClusterView& view, const Search::Request& request, PlacedJob& placed) {
  Search::Request within = request;
  const auto place = [&] {
    auto found = search.place_job(within, 0);
    if (!std::holds_alternative<Allocation>(found)) return false;
    placed = {std::move(found), {}, {}};
    return true;
  };
  const TresCounts of_node = view.limits->node_most(*request.judged, view.partitions[request.partition]);
  if (!of_node.empty()) within.node_most = std::make_shared<const TresCounts>(of_node);
  if (!of_node.empty() && (place() || !search.forbidden())) return;
  within.nodes_most = nodes_allowed(view, request, search.forbidden()->found);
  if (within.nodes_most >= std::max(1U, request.spec->resources.nodes_min)) place();
}

}  // namespace slurmxx
