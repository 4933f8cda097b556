// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/within_limits.h"

namespace slurmxx {

void place_within_limits(Search& search, const ClusterView& view, const Search::Request& request, PlacedJob& placed) {
  Search::Request within = request;
  within.node_most =
      std::make_shared<const TresCounts>(view.limits->node_most(*request.judged, view.partitions[request.partition]));
  if (within.node_most->empty()) return;
  auto found = search.place_job(within, 0);
  if (std::holds_alternative<Allocation>(found)) placed = {std::move(found), {}, {}};
}

}  // namespace slurmxx
