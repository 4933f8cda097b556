// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/open_nodes.h"

#include <algorithm>

namespace slurmxx {
namespace {

constexpr std::size_t times_max = 400;  // of a periodic reservation, which has no end

Moment moment_of(Instant at, Instant now) {
  return static_cast<Moment>(std::clamp<std::int64_t>((at - now).value, 0, forever));
}

}  // namespace

const OpenNodes::Opening& OpenNodes::of(NodeIndex node) {
  std::vector<const Reservation*> holding;
  for (const Reservation* r : reservations_)
    if (std::binary_search(r->nodes.begin(), r->nodes.end(), node)) holding.push_back(r);
  const auto [place, is_new] = known_.try_emplace(std::move(holding));
  if (is_new) place->second = find(node);
  return place->second;
}

OpenNodes::Opening OpenNodes::find(NodeIndex node) const {
  Opening opening;
  for (Instant after = now_; opening.times.size() < times_max;) {
    const NodeWindow window = node_window({reservations_, spec_, node, after, now_});
    if (after == now_) opening.obstacle = window.obstacle;
    if (!window.usable) break;
    const OpenTime time{moment_of(window.from, now_), window.until ? moment_of(*window.until, now_) : forever,
                        window.may_outlast};
    if (time.from < time.until) opening.times.push_back(time);
    if (time.until >= forever) break;
    after = *window.until;
  }
  return opening;
}

Reason OpenNodes::reason(const Reservation* obstacle) const {
  const bool maint = obstacle && obstacle->flags.has(ReservationFlag::maint);
  const ReasonCode code = !spec_.labels.reservation.empty() ? ReasonCode::reservation
                          : maint                           ? ReasonCode::reserved_for_maintenance
                                                            : ReasonCode::reserved_for_others;
  return {code, {}, {}, obstacle ? "reservation " + obstacle->name : ""};
}

bool OpenNodes::tells_more(const Reservation* obstacle, const Reservation* other) {
  if (!obstacle || !other) return obstacle && !other;
  return obstacle->flags.has(ReservationFlag::maint) && !other->flags.has(ReservationFlag::maint);
}

}  // namespace slurmxx
