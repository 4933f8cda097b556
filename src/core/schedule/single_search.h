// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The earliest start on any one node of a pool: always the node with the least bound is looked at, until a look
// confirms its bound. Of nodes that are free at that moment it is the first by preference.
#pragma once

#include <algorithm>
#include <bit>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/schedule/bound_row.h"

namespace slurmxx {

struct SingleStart {
  Moment start = 0;
  std::size_t place = 0;
};

struct SingleScope {
  BoundRow& row;
  std::span<const PlaceBlock> blocks;
  std::span<const std::uint32_t> first_rank;  // beside blocks, the least of them
  std::span<const std::uint32_t> rank_of;     // by place
  std::span<const BoundRow* const> lesser;    // rows whose bounds hold here as well
  Moment horizon = forever;
};

// Look: from a bound, the first moment at which the place can take part; never: none.
template <class Look>
class SingleSearch {
 public:
  SingleSearch(const SingleScope& scope, Look look) : s_(scope), look_(std::move(look)) {}

  std::optional<SingleStart> run() {
    known_.resize(s_.blocks.size());
    least_.assign((s_.blocks.size() + block_size - 1) / block_size * block_size, never);
    for (std::size_t i = 0; i < s_.blocks.size(); ++i) least_[i] = s_.row.least(s_.blocks[i].block);
    auto found = first();
    if (found) prefer(*found);
    for (std::size_t i = 0; i < known_.size(); ++i)
      if (known_[i].raised) s_.row.settle(s_.blocks[i].block);
    return found;
  }

 private:
  struct Known {              // of a block
    std::uint64_t exact = 0;  // places that were looked at
    bool compared = false;    // its least bound, with the lesser rows
    bool raised = false;      // each of its bounds
  };

  std::optional<SingleStart> first() {
    while (true) {
      const auto [i, least, next] = least_two(least_);
      if (least == never || least > s_.horizon) return {};
      if (compare(i)) continue;
      if (auto found = search_block(i, std::min(next, s_.horizon))) return found;
    }
  }

  // Whether the least bound of a block could be raised without a look at its places.
  bool compare(std::size_t i) {
    if (std::exchange(known_[i].compared, true)) return false;
    const Moment before = least_[i];
    for (const BoundRow* row : s_.lesser) least_[i] = std::max(least_[i], row->least(s_.blocks[i].block));
    return least_[i] > before;
  }

  // The first place with the least bound, and all whose bounds are not beyond those of other blocks if it will not do.
  std::optional<SingleStart> search_block(std::size_t i, Moment limit) {
    raise(i);
    BoundRow::Least least = s_.row.least_of(s_.blocks[i]);
    if (least.bound <= limit && !is_exact(i, least)) {
      look(i, least.place);
      if (s_.row.at(least.place) == least.bound) return SingleStart{least.bound, least.place};
      look_up_to(i, limit);
      least = s_.row.least_of(s_.blocks[i]);
    }
    least_[i] = least.bound;
    if (least.bound > limit) return {};
    return SingleStart{least.bound, least.place};
  }

  bool is_exact(std::size_t i, const BoundRow::Least& least) const {
    return (known_[i].exact >> (least.place % block_size) & 1) != 0;
  }

  void raise(std::size_t i) {
    if (std::exchange(known_[i].raised, true)) return;
    for (const BoundRow* row : s_.lesser) s_.row.raise(s_.blocks[i].block, *row);
  }

  void look(std::size_t i, std::size_t place) {
    s_.row.set(place, look_(place, s_.row.at(place)));
    known_[i].exact |= std::uint64_t{1} << place % block_size;
  }

  void look_up_to(std::size_t i, Moment limit) {
    const std::size_t begin = s_.blocks[i].block * block_size;
    for (std::uint64_t left = s_.row.up_to(s_.blocks[i], limit) & ~known_[i].exact; left != 0; left &= left - 1)
      look(i, begin + static_cast<std::size_t>(std::countr_zero(left)));
  }

  // Others that are free at that moment.
  void prefer(SingleStart& found) {
    std::uint32_t rank = s_.rank_of[found.place];
    for (std::size_t i = 0; i < s_.blocks.size(); ++i) {
      if (least_[i] > found.start || s_.first_rank[i] >= rank) continue;
      raise(i);
      const std::size_t begin = s_.blocks[i].block * block_size;
      for (std::uint64_t left = s_.row.up_to(s_.blocks[i], found.start); left != 0; left &= left - 1) {
        const std::size_t place = begin + static_cast<std::size_t>(std::countr_zero(left));
        if (s_.rank_of[place] >= rank) continue;
        look(i, place);
        if (s_.row.at(place) != found.start) continue;
        found.place = place;
        rank = s_.rank_of[place];
      }
    }
  }

  SingleScope s_;
  Look look_;
  std::vector<Moment> least_;  // by block: of the pool's places, as far as known; filled up with `never`
  std::vector<Known> known_;   // beside it
};

}  // namespace slurmxx
