// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Room that is free now. A job that may share cores gets idle ones while there are enough of them anywhere, and shares
// only then.
#include "core/schedule/search.h"

namespace slurmxx {
namespace {

// It is to fit on the terms of `fits`, and takes what it gets on its own.
std::optional<std::vector<Booking>> bookings_of(const Demand& fits, const Demand& own, const Offer& offer,
                                                Moment length) {
  const auto chosen = choose(fits, offer);
  const auto* list = std::get_if<std::vector<Chosen>>(&chosen);
  if (!list) return {};
  std::vector<Booking> bookings;
  bookings.reserve(list->size());
  for (const Chosen& one : *list) {
    const NodeRoom& room = *offer.rooms[one.place];
    bookings.push_back({room.node, 0, length, take_of(own, room, one)});
  }
  return bookings;
}

}  // namespace

std::optional<Allocation> Search::place_now(const Request& request, Shape& shape) {
  if (shape.idle && !shape.idle->full) {
    IdleFirst& idle = *shape.idle;
    auto bookings = bookings_of(idle.demand, shape.demand, offer_of(*shape.pool, &idle.cursor), request.length);
    idle.full = !bookings;
    if (bookings) return take(request, shape, std::move(*bookings));
  }
  if (shape.full) return {};
  auto bookings = bookings_of(shape.demand, shape.demand, offer_of(*shape.pool, &shape.cursor), request.length);
  shape.full = !bookings;
  if (!bookings) return {};
  return take(request, shape, std::move(*bookings));
}

// The same where room is set aside for others, or nodes are not always open.
std::optional<Slot> Search::idle_now(const Request& request, Shape& shape) {
  if (!shape.idle || shape.idle->full) return {};
  if (!calendar_) open_calendar();
  auto slot = forecast_->earliest({&shape.pool->nodes, &shape.idle->demand, request.length, 0, 0});
  if (!slot || slot->start > 0) return {};
  for (Booking& booking : slot->bookings) booking.take.share = shape.demand.share;
  return slot;
}

}  // namespace slurmxx
