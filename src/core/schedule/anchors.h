// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Bounds that are always up to date: for a few numbers of units and lengths the earliest moment at which each node has
// them free. A booking changes them on its own nodes at once, and the bounds of all needs that are greater follow
// without a look at any node.
#pragma once

#include <deque>
#include <span>
#include <vector>

#include "core/schedule/bound_row.h"

namespace slurmxx {

class Anchors {
 public:
  // Both live as long as this does; the order as the forecast has it.
  Anchors(const Calendar& calendar, std::span<const NodeIndex> order, std::span<const std::uint32_t> place_of)
      : calendar_(calendar),
        order_(order),
        place_of_(place_of),
        seen_(calendar.changes().size()),
        lends_(lends(calendar)) {}

  // For such a need, about: by whether it takes the whole node, and else by the power of two of its units.
  void add(const RoomTake& take, Moment length);
  void catch_up();  // with what was added to the calendar
  void clear();
  // The rows that bound such a need the best, a few.
  void find(const RoomTake& take, Moment length, std::vector<const BoundRow*>& rows) const;

 private:
  struct Anchor {
    RoomTake take;
    Moment length = 1;

    bool holds_for(const RoomTake& other, Moment longer) const {
      return take.units <= other.units && take.whole <= other.whole && length <= longer;
    }
  };
  void raise(std::size_t i, std::size_t place, Moment bound);
  static bool lends(const Calendar& calendar);
  Moment first(const Anchor& anchor, NodeIndex node, Moment from) const;

  const Calendar& calendar_;
  std::span<const NodeIndex> order_;
  std::span<const std::uint32_t> place_of_;
  std::size_t seen_;  // of the calendar's changes
  bool lends_;        // then there are none
  std::vector<Anchor> anchors_;
  std::deque<BoundRow> rows_;   // beside anchors_; they stay where they are
  std::vector<Moment> bounds_;  // the same by place, all anchors of a node beside each other
};

}  // namespace slurmxx
