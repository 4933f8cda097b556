// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/bound_row.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace slurmxx {
namespace {

constexpr std::uint64_t whole = ~std::uint64_t{0};

Moment least_of_all(const Moment* bounds) {
  Moment least = bounds[0];
  for (std::size_t i = 1; i < block_size; ++i) least = bounds[i] < least ? bounds[i] : least;
  return least;
}

std::uint64_t equal(const Moment* bounds, Moment bound) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < block_size; ++i) bits |= std::uint64_t{bounds[i] == bound} << i;
  return bits;
}

}  // namespace

BoundRow::BoundRow(std::vector<Moment> bounds) : bounds_(std::move(bounds)), least_(bounds_.size() / block_size) {
  SLURMXX_CHECK(bounds_.size() % block_size == 0);
  for (std::size_t block = 0; block < least_.size(); ++block) settle(block);
}

void BoundRow::raise(std::size_t block, const BoundRow& lesser) {
  Moment* bounds = &bounds_[block * block_size];
  const Moment* others = &lesser.bounds_[block * block_size];
  for (std::size_t i = 0; i < block_size; ++i) bounds[i] = others[i] > bounds[i] ? others[i] : bounds[i];
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
  const Moment* bounds = &bounds_[block.block * block_size];
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < block_size; ++i) bits |= std::uint64_t{bounds[i] <= limit} << i;
  return bits & block.mask;
}

}  // namespace slurmxx
