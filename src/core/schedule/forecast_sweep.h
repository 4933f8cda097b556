// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A question as a sweep over moments. Nodes come in by the earliest moment at which they could take part; when those
// that are there do not suffice, the moment goes on to the next at which something changes, and nodes whose window has
// closed by then leave. For all that were looked at the row keeps the better bound that was found.
#pragma once

#include <algorithm>
#include <bit>
#include <functional>
#include <tuple>

#include "core/schedule/forecast.h"

namespace slurmxx {

class Forecast::Sweep {
 public:
  struct Scope {
    const Forecast& forecast;
    const Bounds& bounds;
    const Need& need;
    Row& row;
  };
  Sweep(const Scope& scope, const Question& question)
      : forecast_(scope.forecast),
        calendar_(forecast_.calendar_),
        bounds_(scope.bounds),
        need_(scope.need),
        row_(scope.row),
        raised_(bounds_.blocks.size()),
        q_(question),
        demand_(*question.demand),
        step_(std::max(1, question.horizon / 32)) {
    varies_ = (!demand_.even_tasks && demand_.tasks_per_node_max > need_.least) || !demand_.gres.empty();
    all_count_ = q_.pool->topology || !demand_.arrangement.is_plain();
  }

  std::optional<Slot> run(Moment from) {
    std::optional<Slot> slot;
    gather(from);
    for (Moment t = from; t <= q_.horizon && !slot; t = next_after(t)) {
      leave(t);
      slot = come_in(t);
      if (t == forever) break;
    }
    give_back();
    return slot;
  }

 private:
  static constexpr std::size_t sorted_first = 256;

  struct Entry {
    Moment key = 0;  // it cannot take part earlier
    std::uint32_t rank = 0;
    std::uint32_t place = 0;
    bool operator<(const Entry& other) const { return std::tie(key, rank) < std::tie(other.key, other.rank); }
  };
  struct Member {
    Entry entry;  // with the bound that is kept
    Window window;
    std::uint32_t fit = 0;
  };
  struct Later {
    bool operator()(const Member& a, const Member& b) const {
      return std::tie(a.window.first, a.entry.rank) > std::tie(b.window.first, b.entry.rank);
    }
  };
  NodeIndex node(const Member& member) const { return q_.pool->rooms[member.entry.rank]->node; }

  // Those whose window has closed, or whose room changes, are looked at anew.
  void leave(Moment t) {
    if (t < closes_) return;
    closes_ = forever;
    std::vector<Member> staying;
    for (Member& member : here_) {
      if (member.window.last >= t) {
        closes_ = std::min(closes_, next(member.window.last));
        staying.push_back(member);
        continue;
      }
      fit_ -= member.fit;
      required_ -= member.entry.rank < q_.pool->required ? 1 : 0;
      wait_for(member, t);
    }
    here_ = std::move(staying);
  }

  std::optional<Window> window_of(const Member& member, Moment from) const {
    const auto& take = need_.takes[forecast_.kind_[member.entry.place]];
    if (!take) return {};
    return calendar_.window({node(member), *take, q_.length, from}, q_.pool->open_times(member.entry.rank));
  }

  // Into the ones to come, by its first window from t on.
  void wait_for(Member member, Moment t) {
    const auto window = window_of(member, t);
    if (!window) return gone_.push_back(member.entry);
    member.window = *window;
    later_.push_back(member);
    std::push_heap(later_.begin(), later_.end(), Later{});
  }

  void enter(Member member, Moment t) {
    member.fit = need_.least;
    if (varies_) {
      member.fit = tasks_that_fit(demand_, calendar_.room(node(member), t, q_.length));
      member.window.last = std::min(member.window.last, change_of(node(member), t) - 1);
    }
    closes_ = std::min(closes_, next(member.window.last));
    fit_ += member.fit;
    required_ += member.entry.rank < q_.pool->required ? 1 : 0;
    here_.push_back(member);
  }

  // The first start after t at which other spans count.
  Moment change_of(NodeIndex index, Moment t) const {
    const Moment begin = calendar_.next_change(index, t);
    const Moment end = calendar_.next_change(index, t + q_.length - 1);
    return std::max(t + 1, std::min(begin, end == forever ? forever : end - q_.length + 1));
  }

  // At once the first nodes that suffice will do; later all that are free by then are looked at, to leave alone those
  // that others may use before.
  std::optional<Slot> come_in(Moment t) {
    while (true) {
      const bool spare = here_.size() >= 64 + 2 * std::size_t{demand_.nodes_min};  // more than are needed
      if (!all_count_ && (t == 0 || spare || demand_.nodes_max == 1))
        if (auto slot = enough(t)) return slot;
      const bool waits = !later_.empty() && later_.front().window.first <= t;
      const bool fresh = next_bound(t) <= t;
      if (!waits && !fresh) return t == 0 && !all_count_ ? std::nullopt : enough(t);
      if (fresh && (!waits || last_.entries[last_.next] < bound_of(later_.front()))) {
        admit({last_.entries[last_.next++], {}, 0}, t);
      } else {
        std::pop_heap(later_.begin(), later_.end(), Later{});
        const Member member = later_.back();
        later_.pop_back();
        enter(member, t);
      }
    }
  }
  static Entry bound_of(const Member& member) { return {member.window.first, member.entry.rank, 0}; }

  // Required nodes first; then, for a start now, by preference, and for a later one those that are free the latest.
  void sort_here(Moment t) {
    const auto order = [&](const Member& member) {
      const bool required = member.entry.rank < q_.pool->required;
      return std::tuple(!required, t == 0 ? 0 : -member.window.first, member.entry.rank);
    };
    std::sort(here_.begin(), here_.end(), [&](auto& a, auto& b) { return order(a) < order(b); });
  }

  // Its own first window is the bound that is kept.
  void admit(Member member, Moment t) {
    const auto window = window_of(member, member.entry.key);
    if (!window) {
      member.entry.key = never;
      return gone_.push_back(member.entry);
    }
    member.entry.key = window->first;
    member.window = *window;
    if (window->last < t) return wait_for(member, t);
    if (window->first <= t) return enter(member, t);
    later_.push_back(member);
    std::push_heap(later_.begin(), later_.end(), Later{});
  }

  // The least bound of those that did not come in yet, if it is up to the limit; else one beyond it.
  Moment next_bound(Moment limit) {
    if (last_.next == last_.sorted && last_.sorted < last_.entries.size()) sort_some();
    while (last_.next == last_.entries.size()) {
      if (gathered_ >= limit) return never;
      gather(gathered_ > q_.horizon - step_ ? q_.horizon : gathered_ + step_);
      step_ = step_ > q_.horizon / 2 ? q_.horizon : step_ * 2;
    }
    return last_.entries[last_.next].key;
  }

  // All with bounds up to the limit that were not gathered before.
  void gather(Moment limit) {
    last_.entries.clear();
    last_.next = 0;
    for (std::size_t i = 0; i < bounds_.blocks.size(); ++i)
      if (is_within(i, limit)) gather(bounds_.blocks[i], limit);
    last_.sorted = 0;
    sort_some();
    gathered_ = limit;
  }

  // The least of those that are not sorted yet: mostly the first few suffice.
  void sort_some() {
    const auto begin = last_.entries.begin() + static_cast<std::ptrdiff_t>(last_.sorted);
    const std::size_t count =
        std::min(last_.entries.size() - last_.sorted, last_.sorted == 0 ? sorted_first : 3 * last_.sorted);
    const auto end = begin + static_cast<std::ptrdiff_t>(count);
    if (end != last_.entries.end()) std::nth_element(begin, end, last_.entries.end());
    std::sort(begin, end);
    last_.sorted += count;
  }

  void gather(const PlaceBlock& block, Moment limit) {
    const auto begin = static_cast<std::uint32_t>(block.block * block_size);
    for (std::uint64_t left = row_.bounds.up_to(block, limit); left != 0; left &= left - 1) {
      const std::uint32_t place = begin + static_cast<std::uint32_t>(std::countr_zero(left));
      if (row_.bounds.at(place) > gathered_)
        last_.entries.push_back({row_.bounds.at(place), bounds_.rank_of[place], place});
    }
  }

  // Whether a bound of the block is, after those of lesser needs were applied.
  bool is_within(std::size_t i, Moment limit) {
    const std::uint32_t block = bounds_.blocks[i].block;
    if (row_.bounds.least(block) > limit) return false;
    if (raised_[i]) return true;
    for (const BoundRow* row : row_.lesser)
      if (row->least(block) > limit) return false;
    for (const BoundRow* row : row_.lesser) row_.bounds.raise(block, *row);
    row_.bounds.settle(block);
    raised_[i] = true;
    return row_.bounds.least(block) <= limit;
  }

  Moment next_after(Moment t) {
    Moment best = later_.empty() ? forever : later_.front().window.first;
    best = std::min(best, next_bound(std::min(best, q_.horizon)));
    if (varies_) best = std::min(best, closes_);
    return best >= forever ? forever + 1 : std::max(best, next(t));
  }
  static Moment next(Moment t) { return t >= forever ? forever : t + 1; }

  std::optional<Slot> enough(Moment t) {
    if (here_.size() < demand_.nodes_min || fit_ < demand_.tasks || required_ < q_.pool->required) return {};
    if (here_.size() > demand_.nodes_max && fit_of_best() < demand_.tasks) return {};
    sort_here(t);
    std::vector<NodeRoom> rooms;
    std::vector<const NodeRoom*> offered;
    std::vector<std::uint64_t> marks;
    rooms.reserve(here_.size());
    for (const Member& member : here_) {
      offered.push_back(&rooms.emplace_back(calendar_.room(node(member), t, q_.length)));
      if (!q_.pool->marks.empty()) marks.push_back(q_.pool->marks[member.entry.rank]);
    }
    const auto chosen = choose(demand_, {offered, q_.pool->required, nullptr, q_.pool->topology, marks});
    const auto* list = std::get_if<std::vector<Chosen>>(&chosen);
    if (!list) return {};
    Slot slot{t, {}};
    for (const Chosen& one : *list) {
      const NodeRoom& room = rooms[one.place];
      slot.bookings.push_back({room.node, t, std::min(forever, t + q_.length), take_of(demand_, room, one)});
    }
    return slot;
  }

  std::uint64_t fit_of_best() const {
    std::vector<std::uint32_t> fits;
    std::uint64_t sum = 0;
    for (const Member& member : here_)
      member.entry.rank < q_.pool->required ? void(sum += member.fit) : fits.push_back(member.fit);
    std::sort(fits.begin(), fits.end(), std::greater<>());
    fits.resize(std::min<std::size_t>(fits.size(), demand_.nodes_max - std::min(demand_.nodes_max, required_)));
    for (const std::uint32_t fit : fits) sum += fit;
    return sum;
  }

  void give_back() {
    for (const Member& member : here_) gone_.push_back(member.entry);
    for (const Member& member : later_) gone_.push_back(member.entry);
    for (const Entry& entry : gone_) row_.bounds.set(entry.place, entry.key);
    std::size_t settled = never;
    for (const Entry& entry : gone_)
      if (entry.place / block_size != settled) row_.bounds.settle(settled = entry.place / block_size);
  }

  const Forecast& forecast_;
  const Calendar& calendar_;
  const Bounds& bounds_;
  const Need& need_;
  Row& row_;
  std::vector<bool> raised_;  // by block: to the bounds of lesser rows
  const Question& q_;
  const Demand& demand_;
  Moment step_;           // by which the next gathering goes further
  Moment gathered_ = -1;  // up to that bound
  struct Gathered {
    std::vector<Entry> entries;
    std::size_t sorted = 0;  // the least of them, rising
    std::size_t next = 0;
  };
  Gathered last_;
  bool varies_ = false;
  bool all_count_ = false;     // which of them lie together
  std::vector<Member> here_;   // could run at the moment looked at
  std::vector<Member> later_;  // heap: could run from a later moment on
  std::vector<Entry> gone_;    // could have run earlier, or never
  Moment closes_ = forever;    // no member of here_ is to be looked at anew before
  std::uint64_t fit_ = 0;      // tasks that here_ could run
  std::uint32_t required_ = 0;
};

}  // namespace slurmxx
