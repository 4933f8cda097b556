// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/apart.h"

namespace slurmxx {

// A later moment for one is a later one for all.
std::optional<std::vector<Slot>> search_together(Search& search, Apart& apart, const TogetherRequest& request) {
  constexpr int rounds = 10;
  Moment start = 0;
  for (int round = 0; round < rounds; ++round) {
    Search::Mark mark = search.mark();
    std::vector<Slot> slots(request.order.size());
    Moment latest = start;
    apart.begin();
    for (std::size_t k = 0; k < request.order.size() && latest == start; ++k) {
      auto slot = search.earliest(request.of(request.order[k]), start, request.horizon);
      if (!slot) {
        search.undo(std::move(mark));
        return std::nullopt;
      }
      latest = slot->start;
      search.set_aside(*slot);
      apart.take(slot->bookings);
      slots[request.order[k]] = std::move(*slot);
    }
    if (latest == start) return slots;
    search.undo(std::move(mark));
    start = latest;
  }
  return std::nullopt;
}

}  // namespace slurmxx
