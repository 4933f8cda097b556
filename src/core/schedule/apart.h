// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The components of a heterogeneous job run on different nodes: each is looked for beside those that its others have.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "core/hostlist/hostlist.h"
#include "core/schedule/search.h"

namespace slurmxx {

class Apart {
 public:
  explicit Apart(const ClusterView& view) : view_(view) {}
  using Order = std::vector<std::uint32_t>;  // of components: 0 is the leader

  // Where one component takes what only another could have used, they may fit the other way round.
  static std::array<Order, 2> orders(std::uint32_t followers) {
    Order order(followers + 1);
    std::iota(order.begin(), order.end(), 0);
    return {order, Order(order.rbegin(), order.rend())};
  }

  void begin() {
    clear();
    begun_ = true;
  }
  void clear() {
    taken_.clear();
    begun_ = false;
  }
  bool begun() const { return begun_; }  // a component is looked for
  bool any_taken() const { return !taken_.empty(); }
  // `places`: of a component, each with a `node`.
  template <class Places>
  void take(const Places& places) {
    for (const auto& place : places) taken_.push_back(view_.nodes.at(place.node.value)->name);
  }
  // The same, or one that excludes what is taken; it stays as long as this object.
  const JobSpec* beside(const JobSpec& spec) {
    if (taken_.empty()) return &spec;
    JobSpec& other = specs_.emplace_back(spec);
    std::string& excluded = other.placement.nodes_excluded;
    excluded += (excluded.empty() ? "" : ",") + fold_hosts(taken_);
    return &other;
  }

 private:
  const ClusterView& view_;
  std::vector<std::string> taken_;
  std::deque<JobSpec> specs_;
  bool begun_ = false;
};

struct TogetherRequest {
  const Apart::Order& order;
  std::function<Search::Request(std::uint32_t)> of;  // of a component, beside what is taken
  Moment horizon;
};
// The earliest moment at which all components have room, which is set aside then; slots in the components' own order.
std::optional<std::vector<Slot>> search_together(Search& search, Apart& apart, const TogetherRequest& request);

}  // namespace slurmxx
