// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// For one need and one length: a moment for each node of the cluster before which it cannot take part. Within a pass
// nodes only fill up, so a bound only rises, and whoever looked at a node raises it for the questions of all pools.
// Blocks of 64 nodes have the least of their bounds: most are passed over without a look at their nodes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/schedule/calendar.h"

namespace slurmxx {

inline constexpr Moment never = INT32_MAX;
inline constexpr std::size_t block_size = 64;

// Nodes as a row has them: by their place in the order given to the forecast.
struct PlaceBlock {
  std::uint32_t block = 0;
  std::uint64_t mask = 0;  // bit i: place block * block_size + i
};

class BoundRow {
 public:
  explicit BoundRow(std::vector<Moment> bounds);  // a whole number of blocks

  Moment at(std::size_t place) const { return bounds_[place]; }
  Moment least(std::size_t block) const { return least_[block]; }  // no bound of it is less
  void set(std::size_t place, Moment bound) { bounds_[place] = bound; }
  void raise(std::size_t block, const BoundRow& lesser);  // to what holds for what asks for less
  void settle(std::size_t block);                         // after some of it were raised
  const std::vector<Moment>& bounds() const { return bounds_; }

  struct Least {
    Moment bound = never;
    std::size_t place = 0;  // the first of those that have it
  };
  Least least_of(const PlaceBlock& block) const;
  std::uint64_t up_to(const PlaceBlock& block, Moment limit) const;  // the places of it whose bounds are at most that

 private:
  std::vector<Moment> bounds_;
  std::vector<Moment> least_;
};

struct LeastTwo {
  std::size_t place = 0;  // the first of those that have the least
  Moment least = never;
  Moment next = never;  // of all others
};
// Of a whole number of blocks, the last filled up with `never`. It is changed meanwhile, and left as it was.
LeastTwo least_two(std::vector<Moment>& bounds);

}  // namespace slurmxx
