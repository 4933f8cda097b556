// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/within_limits.h"

#include <algorithm>

namespace slurmxx {
namespace {

bool place_on_fewer(Search& search, const Search::Request& request, std::size_t nodes, PlacedJob& placed) {
  Search::Request fewer = request;
  fewer.nodes_most = static_cast<std::uint32_t>(nodes);
  auto found = search.place_job(fewer, 0);
  if (!std::holds_alternative<Allocation>(found)) return false;
  placed = {std::move(found), {}, {}};
  return true;
}

// Of a range of nodes as many as a limit of nodes leaves, else the least.
bool place_on_fewer(Search& search, const Search::Request& request, const Search::Forbidden& why, PlacedJob& placed) {
  const std::size_t least = std::max(1U, request.spec->resources.nodes_min);
  if (why.nodes <= least) return false;
  const auto& shortage = why.reason.shortage;
  const auto over = static_cast<std::size_t>(shortage ? std::max<std::int64_t>(shortage->need - shortage->have, 0) : 0);
  if (over > 0 && over < why.nodes - least && place_on_fewer(search, request, why.nodes - over, placed)) return true;
  return place_on_fewer(search, request, least, placed);
}

}  // namespace

void place_within_limits(Search& search, const ClusterView& view, const Search::Request& request, PlacedJob& placed) {
  const Search::Forbidden why = *search.forbidden();
  if (place_on_fewer(search, request, why, placed)) return;
  Search::Request within = request;
  within.node_most =
      std::make_shared<const TresCounts>(view.limits->node_most(*request.judged, view.partitions[request.partition]));
  if (within.node_most->empty()) return;
  auto found = search.place_job(within, 0);
  if (std::holds_alternative<Allocation>(found)) placed = {std::move(found), {}, {}};
}

}  // namespace slurmxx
