// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/anchors.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace slurmxx {
namespace {
constexpr std::size_t anchors_max = 96, found_max = 3;
}

Moment Anchors::first(const Anchor& anchor, NodeIndex node, Moment from) const {
  const auto window = calendar_.loose_window(node, anchor.take, anchor.length, from);
  return window ? window->first : never;
}

// Where jobs share units, those that are free are no bound.
bool Anchors::lends(const Calendar& calendar) {
  const std::vector<NodeRoom>& rooms = calendar.empty();
  return std::any_of(rooms.begin(), rooms.end(), [](const NodeRoom& room) { return !room.lent.empty(); });
}

void Anchors::add(const RoomTake& take, Moment length) {
  if (lends_) return;
  const std::uint32_t units = take.whole ? 1 : std::bit_floor(take.units);
  const Anchor anchor{{units, MebiBytes(0), take.whole}, length};
  const auto same = [&](const Anchor& a) {
    return a.holds_for(anchor.take, length) && anchor.holds_for(a.take, a.length);
  };
  if (anchors_.size() == anchors_max || std::any_of(anchors_.begin(), anchors_.end(), same)) return;
  catch_up();
  std::vector<Moment> bounds((order_.size() + block_size - 1) / block_size * block_size, never);
  bounds_.resize(order_.size() * anchors_max);
  for (std::size_t place = 0; place < order_.size(); ++place) {
    bounds[place] = first(anchor, order_[place], 0);
    bounds_[place * anchors_max + anchors_.size()] = bounds[place];
  }
  anchors_.push_back(anchor);
  rows_.emplace_back(std::move(bounds));
}

// A bound stays as it is where the booking does not touch the job's time.
void Anchors::catch_up() {
  const std::vector<Calendar::Change>& changes = calendar_.changes();
  for (; seen_ < changes.size(); ++seen_) {
    const Calendar::Change& change = changes[seen_];
    const std::size_t place = place_of_[change.node.value];
    for (std::size_t i = 0; i < anchors_.size(); ++i) {
      const Moment bound = bounds_[place * anchors_max + i];
      if (bound == never || change.until <= bound || change.from >= bound + anchors_[i].length) continue;
      raise(i, place, first(anchors_[i], change.node, bound));
    }
  }
}

void Anchors::raise(std::size_t i, std::size_t place, Moment bound) {
  const Moment before = std::exchange(bounds_[place * anchors_max + i], bound);
  if (before == bound) return;
  rows_[i].set(place, bound);
  if (rows_[i].least(place / block_size) == before) rows_[i].settle(place / block_size);
}

void Anchors::clear() {
  anchors_.clear();
  rows_.clear();
  seen_ = calendar_.changes().size();
}

void Anchors::find(const RoomTake& take, Moment length, std::vector<const BoundRow*>& rows) const {
  std::vector<std::size_t> best;
  for (std::size_t i = 0; i < anchors_.size(); ++i) {
    const Anchor& anchor = anchors_[i];
    if (!anchor.holds_for(take, length)) continue;
    const auto covers = [&](std::size_t j) { return anchor.holds_for(anchors_[j].take, anchors_[j].length); };
    if (std::any_of(best.begin(), best.end(), covers)) continue;
    std::erase_if(best, [&](std::size_t j) { return anchors_[j].holds_for(anchor.take, anchor.length); });
    if (best.size() < found_max) best.push_back(i);
  }
  for (const std::size_t i : best) rows.push_back(&rows_[i]);
}

}  // namespace slurmxx
