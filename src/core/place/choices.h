// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Inside placement: the nodes taken so far for one job, and what choosing by order (place.cpp) and by neighbourhood
// (network_choice.cpp) share.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "core/place/place.h"

namespace slurmxx {

// Nodes taken so far, and what they hold together.
class Choices {
 public:
  explicit Choices(const Demand& d) : d_(d) {}
  bool enough() const { return list_.size() >= d_.nodes_min && capacity_ >= d_.tasks && enough_gres(); }
  bool full() const { return list_.size() >= d_.nodes_max; }
  std::vector<Chosen>& list() { return list_; }
  std::uint64_t capacity() const { return capacity_; }

  void add(const Chosen& choice) {
    list_.push_back(choice);
    capacity_ += choice.fit;
  }
  // All places are taken and it is still too small: a larger node replaces the smallest one that may go.
  void replace_least(const Chosen& choice, std::size_t kept);

 private:
  bool enough_gres() const;

  const Demand& d_;
  std::vector<Chosen> list_;
  std::uint64_t capacity_ = 0;
};

// With what it could give of the GRES for the whole job.
Chosen chosen_of(const Demand& d, const Offer& offer, std::size_t place, std::uint32_t fit);
bool holds_all(const Demand& d, const Chosen& one);  // alone
Shortage shortage_of(const Demand& d, const Offer& offer);
// Deals tasks and GRES out over enough nodes.
std::vector<Chosen> deal_out(const Demand& d, const Offer& offer, std::vector<Chosen> list);

// The nodes by how they lie to each other: on the network, in a row, spread, or with marks.
std::variant<std::vector<Chosen>, Shortage> choose_neighbours(const Demand& d, const Offer& offer);

}  // namespace slurmxx
