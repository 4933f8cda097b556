// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// How much is free on every node from now on: what running jobs give back when their time limit strikes, and what was
// set aside for jobs that wait. Within a pass it only fills up, apart from undo(): an earliest start once found is a
// lower bound for every later question of the same kind. Moments are seconds after the pass's instant.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/place/node_room.h"

namespace slurmxx {

using Moment = std::int32_t;
inline constexpr Moment forever = 1 << 29;                // 17 years: longer than any reservation
inline constexpr Moment without_limit = 365 * 24 * 3600;  // how long a job without a time limit is taken to run

// A job's place on one node, from `from` (included) to `until` (not included).
struct Booking {
  NodeIndex node;
  Moment from = 0;
  Moment until = forever;
  RoomTake take;
};

// A job may start on the node at any moment of it.
struct Window {
  Moment first = 0;
  Moment last = 0;
};

// A node may be used from `from` (included) to `until` (not included).
struct OpenTime {
  Moment from = 0;
  Moment until = forever;
  bool may_outlast = false;     // who has begun may go on
  Moment begin_max = forever;   // nobody begins later
  Moment length_max = forever;  // nobody stays longer

  Moment last_begin(Moment length) const {
    if (length > length_max) return -1;
    return std::min(begin_max, until >= forever ? forever : until - (may_outlast ? 1 : length));
  }
  bool is_always() const { return from == 0 && until >= forever && std::min(begin_max, length_max) >= forever; }
  bool lasts(Moment begin, Moment length) const { return from <= begin && begin <= last_begin(length); }
};
using OpenTimes = std::vector<OpenTime>;  // rising

class Calendar {
 public:
  explicit Calendar(const std::vector<NodeRoom>& empty);  // by NodeIndex: as if no job were there

  // The first that comes in. Of jobs that run, so from 0: as if each were added, but in one go; changes() are without
  // them.
  void fill(const std::vector<Booking>& running);
  void add(const Booking& booking);
  // The first window that begins at `from` or later, for a job that needs so much for `length` seconds; none: never.
  // A bound where GRES are asked for: they may be other devices in other spans.
  std::optional<Window> window(NodeIndex node, const RoomNeed& need, Moment length, Moment from) const;
  struct Stay {
    NodeIndex node;
    const RoomNeed& need;
    Moment length;
    Moment from;
  };
  // The same within the times at which the node is open; null: always.
  std::optional<Window> window(const Stay& stay, const OpenTimes* open) const;
  // No window begins earlier, whoever asks and whatever GRES.
  std::optional<Window> loose_window(NodeIndex node, const RoomTake& take, Moment length, Moment from) const;
  // What is free all the time from `from` on for `length` seconds.
  NodeRoom room(NodeIndex node, Moment from, Moment length) const;
  Moment next_change(NodeIndex node, Moment after) const;  // forever: none
  bool has_exclusive_owners() const { return exclusive_owners_; }
  const std::vector<NodeRoom>& empty() const { return empty_; }
  Moment first_opening(NodeIndex node) const;  // the first moment with a free unit; forever: none

  struct Change {
    NodeIndex node;
    Moment from = 0;
    Moment until = forever;
  };
  const std::vector<Change>& changes() const { return changes_; }  // all that add() was told, in order

  // For jobs that start together or not at all: undo() takes back what was added since mark().
  void mark();
  void undo();

 private:
  struct Span {
    Moment from = 0;
    FreeRoom free;
  };
  using Spans = std::vector<Span>;
  // What of a span decides for most jobs: those that ask for no GRES, where no user insists on nodes of his own.
  struct Brief {
    Moment from = 0;
    std::uint32_t units : 31 = 0;  // 0: closed
    std::uint32_t used : 1 = 0;
    MebiBytes memory;
  };
  using Briefs = std::vector<Brief>;
  void fill_node(NodeIndex node, std::span<const Booking* const> last_first);
  void sum_up(NodeIndex node, std::size_t first = 0);
  template <class Row>
  static std::size_t at(const Row& row, Moment moment);
  static std::size_t cut(Spans& spans, Moment moment);

  std::vector<NodeRoom> empty_;
  std::vector<Spans> nodes_;
  std::vector<Briefs> briefs_;  // beside nodes_
  std::vector<Change> changes_;
  bool exclusive_owners_ = false;
  bool marked_ = false;
  std::vector<std::pair<NodeIndex, Spans>> before_;  // of nodes changed since mark(), in order
};

}  // namespace slurmxx
