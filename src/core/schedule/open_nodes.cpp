// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/open_nodes.h"

#include <algorithm>

#include "core/text/time_text.h"

namespace slurmxx {
namespace {

constexpr std::size_t times_max = 400;  // of a periodic reservation, which has no end

Moment moment_of(Instant at, Instant now) {
  return static_cast<Moment>(std::clamp<std::int64_t>((at - now).value, 0, forever));
}

}  // namespace

OpenNodes::OpenNodes(const std::vector<const Reservation*>& reservations, const JobSpec& spec, Instant now,
                     Magnetism magnetism)
    : reservations_(reservations),
      spec_(spec),
      now_(now),
      wanted_(magnetism.wanted),
      only_(magnetism.only),
      magnets_promise_(magnetism.slots ||
                       std::ranges::none_of(reservations, [&](const Reservation* r) { return draws_in(*r, spec); })) {}

const OpenNodes::Opening& OpenNodes::of(NodeIndex node) {
  std::vector<const Reservation*> holding;
  for (const Reservation* r : reservations_)
    if (std::binary_search(r->nodes.begin(), r->nodes.end(), node)) holding.push_back(r);
  const auto [place, is_new] = known_.try_emplace(std::move(holding));
  if (is_new) place->second = find(node);
  return place->second;
}

// Of those that draw the job in there the one whose own jobs wait and may be delayed the least; null: there is none.
const Reservation* OpenNodes::in_a_hurry(NodeIndex node) const {
  const Reservation* found = nullptr;
  for (const Reservation* one : wanted_) {
    const auto& delay = one->times.max_start_delay;
    const bool here = std::binary_search(one->nodes.begin(), one->nodes.end(), node);
    if (delay && here && (!only_ || *only_ == one) && draws_in(*one, spec_) &&
        (!found || *delay < *found->times.max_start_delay))
      found = one;
  }
  return found;
}

bool OpenNodes::is_outside(NodeIndex node) const {
  const Reservation* magnet = only_.value_or(nullptr);
  return magnet && !magnet->flags.has(ReservationFlag::flex) && !std::ranges::binary_search(magnet->nodes, node);
}

// Where it is drawn in at the moment it may begin now alone, or not for long.
OpenNodes::Opening OpenNodes::find(NodeIndex node) const {
  if (only_ && !*only_) return find(node, Magnets::close);
  if (is_outside(node)) return {{}, {{*only_, now_}}};
  Opening drawn = find(node, only_ ? Magnets::one : Magnets::draw);
  const Reservation* hurried = in_a_hurry(node);
  if ((magnets_promise_ && !hurried) || drawn.times.empty() || drawn.times.front().from > 0) return drawn;
  Opening opening = find(node, Magnets::close);
  const bool same = !opening.times.empty() && opening.times.front().from == 0 &&
                    opening.times.front().until == drawn.times.front().until;
  if (same) return opening;
  OpenTime now = drawn.times.front();
  if (!magnets_promise_) now.begin_max = 0;
  if (hurried)
    now.length_max = static_cast<Moment>(std::min<std::int64_t>(hurried->times.max_start_delay->value, forever));
  if (hurried) opening.closings = {{hurried, now_}};
  opening.times.insert(opening.times.begin(), now);
  return opening;
}

OpenNodes::Opening OpenNodes::find(NodeIndex node, Magnets magnets) const {
  Opening opening;
  for (Instant after = now_; opening.times.size() < times_max;) {
    NodeWindow window = node_window({reservations_, spec_, node, after, now_, magnets, only_.value_or(nullptr)});
    if (after == now_) opening.closings = std::move(window.closings);
    if (!window.usable) break;
    const OpenTime time{moment_of(window.from, now_), window.until ? moment_of(*window.until, now_) : forever,
                        window.may_outlast};
    if (time.from < time.until) opening.times.push_back(time);
    if (time.until >= forever) break;
    after = *window.until;
  }
  return opening;
}

// Of a node that is never open the last one, which does not end.
const Reservation* OpenNodes::obstacle(const Opening& opening, Moment length) const {
  const std::vector<Closing>& closings = opening.closings;
  if (opening.times.empty()) return closings.empty() ? nullptr : closings.back().by;
  const Reservation* found = nullptr;
  for (const Closing& one : closings)
    if (moment_of(one.since, now_) < length && tells_more(one.by, found)) found = one.by;
  return found;
}

Reason OpenNodes::reason(const Reservation* obstacle) const {
  const bool maint = obstacle && obstacle->flags.has(ReservationFlag::maint);
  const ReasonCode code = !spec_.labels.reservation.empty() ? ReasonCode::reservation
                          : maint                           ? ReasonCode::reserved_for_maintenance
                                                            : ReasonCode::reserved_for_others;
  std::string detail = obstacle ? "reservation " + obstacle->name : "";
  if (obstacle && obstacle->times.max_start_delay && draws_in(*obstacle, spec_))
    detail += ", whose own jobs may be delayed by MaxStartDelay=" + duration_long(*obstacle->times.max_start_delay) +
              " at most";
  return {code, {}, {}, std::move(detail)};
}

bool OpenNodes::tells_more(const Reservation* obstacle, const Reservation* other) {
  if (!obstacle || !other) return obstacle && !other;
  return obstacle->flags.has(ReservationFlag::maint) && !other->flags.has(ReservationFlag::maint);
}

}  // namespace slurmxx
