// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A node has a row of spans, each with what is free in it, up to the next span's begin; the last one has no end.
#include "core/schedule/calendar.h"

#include <utility>

#include "base/check.h"

namespace slurmxx {

Calendar::Calendar(const std::vector<NodeRoom>& empty) : empty_(empty) {
  nodes_.reserve(empty.size());
  for (const NodeRoom& room : empty) nodes_.push_back({Span{0, room.free}});
  briefs_.resize(empty.size());
  for (const NodeRoom& room : empty) sum_up(room.node);
}

// Those before `first` are as they were.
void Calendar::sum_up(NodeIndex node, std::size_t first) {
  const Spans& spans = nodes_[node.value];
  Briefs& briefs = briefs_[node.value];
  briefs.resize(spans.size());
  for (std::size_t i = first; i < spans.size(); ++i) {
    const FreeRoom& free = spans[i].free;
    briefs[i] = {spans[i].from, free.closed ? 0 : free.units, free.jobs > 0 ? 1u : 0u, free.memory};
  }
}

// The span that holds the moment.
template <class Row>
[[gnu::always_inline]] inline std::size_t Calendar::at(const Row& row, Moment moment) {
  std::size_t i = row.size() - 1;
  if (i > 16) {
    const auto after =
        std::upper_bound(row.begin(), row.end(), moment, [](Moment m, const auto& span) { return m < span.from; });
    return static_cast<std::size_t>(after - row.begin()) - 1;
  }
  while (row[i].from > moment) --i;
  return i;
}

// The span that begins at the moment, made by dividing one if need be.
std::size_t Calendar::cut(Spans& spans, Moment moment) {
  const std::size_t i = at(spans, moment);
  if (spans[i].from == moment) return i;
  spans.insert(spans.begin() + static_cast<std::ptrdiff_t>(i) + 1, Span{moment, spans[i].free});
  return i + 1;
}

// From the last moment back to now: each that has ended by then is there no more.
void Calendar::fill_node(NodeIndex node, std::span<const Booking* const> last_first) {
  Spans& spans = nodes_.at(node.value);
  SLURMXX_CHECK(spans.size() == 1);
  FreeRoom free = std::move(spans.front().free);
  spans.clear();
  for (const Booking* booking : last_first) {
    if (booking->until < (spans.empty() ? forever : spans.back().from)) spans.push_back({booking->until, free});
    free.take(booking->take);
  }
  spans.push_back({0, std::move(free)});
  std::reverse(spans.begin(), spans.end());
  sum_up(node);
}

void Calendar::fill(const std::vector<Booking>& running) {
  std::vector<const Booking*> order;
  order.reserve(running.size());
  for (const Booking& booking : running) {
    SLURMXX_CHECK(booking.from == 0 && booking.until > 0);
    exclusive_owners_ = exclusive_owners_ || booking.take.owner.insists();
    order.push_back(&booking);
  }
  std::ranges::stable_sort(order, {}, [](const Booking* one) { return std::pair(one->node, -one->until); });
  for (std::size_t i = 0, end = 0; i < order.size(); i = end) {
    while (end < order.size() && order[end]->node == order[i]->node) ++end;
    fill_node(order[i]->node, std::span(order).subspan(i, end - i));
  }
}

void Calendar::add(const Booking& booking) {
  SLURMXX_CHECK(booking.from < booking.until);
  Spans& spans = nodes_.at(booking.node.value);
  exclusive_owners_ = exclusive_owners_ || booking.take.owner.insists();
  if (marked_) before_.emplace_back(booking.node, spans);
  const std::size_t first = cut(spans, booking.from);
  const std::size_t end = booking.until >= forever ? spans.size() : cut(spans, booking.until);
  for (std::size_t i = first; i < end; ++i) spans[i].free.take(booking.take);
  sum_up(booking.node, first);
  changes_.push_back({booking.node, booking.from, booking.until});
}

std::optional<Window> Calendar::loose_window(NodeIndex node, const RoomTake& take, Moment length, Moment from) const {
  const Briefs& briefs = briefs_[node.value];
  const std::uint32_t units = std::max(1u, take.units);
  std::optional<Moment> begin;  // of the stretch with room
  for (std::size_t i = at(briefs, from); i < briefs.size(); ++i) {
    const Brief& brief = briefs[i];
    if (brief.units >= units && brief.memory >= take.memory && !(take.whole && brief.used)) {
      if (!begin) begin = std::max(from, brief.from);
      continue;
    }
    if (begin && brief.from - *begin >= length) return Window{*begin, brief.from - length};
    begin.reset();
  }
  if (!begin) return {};
  return Window{*begin, forever};
}

std::optional<Window> Calendar::window(NodeIndex node, const RoomNeed& need, Moment length, Moment from) const {
  if (!exclusive_owners_ && !need.take.owner.insists() && need.gres.empty() && !need.take.share.by_unit() &&
      need.take.share.cap == 0)
    return loose_window(node, need.take, length, from);
  const Spans& spans = nodes_[node.value];
  const GresPools* pools = empty_[node.value].pools;
  std::optional<Moment> begin;  // of the stretch with room
  for (std::size_t i = at(spans, from); i < spans.size(); ++i) {
    if (spans[i].free.admits(need, pools)) {
      if (!begin) begin = std::max(from, spans[i].from);
      continue;
    }
    if (begin && spans[i].from - *begin >= length) return Window{*begin, spans[i].from - length};
    begin.reset();
  }
  if (!begin) return {};
  return Window{*begin, forever};
}

std::optional<Window> Calendar::window(const Stay& stay, const OpenTimes* open) const {
  if (!open) return window(stay.node, stay.need, stay.length, stay.from);
  for (const OpenTime& time : *open) {
    const Moment begin = std::max(stay.from, time.from);
    const Moment last = time.last_begin(stay.length);
    if (last < begin) continue;
    const auto found = window(stay.node, stay.need, stay.length, begin);
    if (!found) return {};
    if (found->first <= last) return Window{found->first, std::min(found->last, last)};
  }
  return {};
}

NodeRoom Calendar::room(NodeIndex node, Moment from, Moment length) const {
  const Spans& spans = nodes_[node.value];
  std::size_t i = at(spans, from);
  NodeRoom least = empty_[node.value];
  least.free = spans[i].free;
  for (++i; i < spans.size() && spans[i].from < from + length; ++i) least.free.narrow(spans[i].free);
  return least;
}

Moment Calendar::next_change(NodeIndex node, Moment after) const {
  const Spans& spans = nodes_[node.value];
  const std::size_t next = at(spans, after) + 1;
  return next < spans.size() ? spans[next].from : forever;
}

Moment Calendar::first_opening(NodeIndex node) const {
  for (const Span& span : nodes_[node.value])
    if ((span.free.units > 0 || !span.free.loads.empty()) && !span.free.closed) return span.from;
  return forever;
}

void Calendar::mark() {
  marked_ = true;
  before_.clear();
}

void Calendar::undo() {
  for (auto one = before_.rbegin(); one != before_.rend(); ++one) {
    nodes_[one->first.value] = std::move(one->second);
    sum_up(one->first);
  }
  before_.clear();
}

}  // namespace slurmxx
