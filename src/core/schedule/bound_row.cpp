// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/bound_row.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace slurmxx {
namespace {

constexpr std::uint64_t whole = ~std::uint64_t{0};

// Eight bounds at a time where the processor can.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define SLURMXX_WIDE __attribute__((target_clones("avx2", "default"), optimize("O3")))
#else
#define SLURMXX_WIDE
#endif

SLURMXX_WIDE Moment least_of_all(const Moment* bounds) {
  Moment least = bounds[0];
  for (std::size_t i = 1; i < block_size; ++i) least = bounds[i] < least ? bounds[i] : least;
  return least;
}

SLURMXX_WIDE void raise_all(Moment* bounds, const Moment* others) {
  for (std::size_t i = 0; i < block_size; ++i) bounds[i] = others[i] > bounds[i] ? others[i] : bounds[i];
}

SLURMXX_WIDE std::uint64_t equal(const Moment* bounds, Moment bound) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < block_size; ++i) bits |= std::uint64_t{bounds[i] == bound} << i;
  return bits;
}

SLURMXX_WIDE std::uint64_t at_most(const Moment* bounds, Moment limit) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < block_size; ++i) bits |= std::uint64_t{bounds[i] <= limit} << i;
  return bits;
}

}  // namespace

BoundRow::BoundRow(std::vector<Moment> bounds) : bounds_(std::move(bounds)), least_(bounds_.size() / block_size) {
  SLURMXX_CHECK(bounds_.size() % block_size == 0);
  for (std::size_t block = 0; block < least_.size(); ++block) settle(block);
}

void BoundRow::raise(std::size_t block, const BoundRow& lesser) {
  raise_all(&bounds_[block * block_size], &lesser.bounds_[block * block_size]);
}

void BoundRow::settle(std::size_t block) { least_[block] = least_of_all(&bounds_[block * block_size]); }

BoundRow::Least BoundRow::least_of(const PlaceBlock& block) const {
  const Moment* bounds = &bounds_[block.block * block_size];
  Moment least = never;
  if (block.mask == whole)
    least = least_of_all(bounds);
  else
    for (std::uint64_t left = block.mask; left != 0; left &= left - 1)
      least = std::min(least, bounds[std::countr_zero(left)]);
  const std::uint64_t where = equal(bounds, least) & block.mask;
  const std::size_t first = where == 0 ? 0 : static_cast<std::size_t>(std::countr_zero(where));
  return {least, block.block * block_size + first};
}

std::uint64_t BoundRow::up_to(const PlaceBlock& block, Moment limit) const {
  return at_most(&bounds_[block.block * block_size], limit) & block.mask;
}

LeastTwo least_two(std::vector<Moment>& bounds) {
  LeastTwo found;
  for (std::size_t begin = 0; begin < bounds.size(); begin += block_size) {
    const Moment least = least_of_all(&bounds[begin]);
    if (least < found.least) {
      found.next = found.least;
      found.least = least;
      found.place = begin;
    } else if (least < found.next) {
      found.next = least;
    }
  }
  if (found.least == never) return {bounds.size(), never, never};
  const std::size_t begin = found.place;
  found.place += static_cast<std::size_t>(std::countr_zero(equal(&bounds[begin], found.least)));
  bounds[found.place] = never;
  found.next = std::min(found.next, least_of_all(&bounds[begin]));
  bounds[found.place] = found.least;
  return found;
}

}  // namespace slurmxx
