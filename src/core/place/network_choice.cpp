// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Which nodes of those that have room. Nodes of a higher weight are only looked at when those of lower ones do not do;
// without a network, more nodes of a range come before weight.
// On a network: the lowest unit that holds the job, of equals the one with the fewest nodes to spare; under it the leaf
// that leaves the least over, or the one with most nodes while none holds the rest (topology guide: "best fit").
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "core/place/choices.h"
#include "core/place/leaves.h"

namespace slurmxx {
namespace {

class ArrangedChoice {
 public:
  ArrangedChoice(const Demand& demand, const Offer& offer)
      : d_(demand), offer_(offer), how_(d_.arrangement), topology_(how_.spread ? nullptr : offer.topology) {}

  std::variant<std::vector<Chosen>, Shortage> run() {
    for (std::size_t place = 0; place < offer_.rooms.size(); ++place) {
      const std::uint32_t fit = tasks_that_fit(d_, *offer_.rooms[place]);
      if (fit > 0) nodes_.push_back(chosen_of(d_, offer_, place, fit));
      if (fit == 0 && place < offer_.required)
        return Shortage{"nodes of --nodelist with room", static_cast<std::int64_t>(offer_.required),
                        static_cast<std::int64_t>(place)};
    }
    if (offer_.required > d_.nodes_max) return shortage_of(d_, offer_);
    const std::uint32_t most = reach_without_network();
    if (most > d_.nodes_min)
      if (auto list = of_least_weight(most)) return deal_out(d_, offer_, std::move(*list));
    if (auto list = of_least_weight(d_.nodes_min)) return deal_out(d_, offer_, std::move(*list));
    return shortage();
  }

 private:
  using Found = std::optional<std::vector<Chosen>>;

  const NodeRoom& room(std::uint32_t node) const { return *offer_.rooms[nodes_[node].place]; }
  bool is_required(std::uint32_t node) const { return nodes_[node].place < offer_.required; }

  std::set<std::uint32_t> weights() const {
    std::set<std::uint32_t> all;
    for (std::uint32_t i = 0; i < nodes_.size(); ++i)
      if (!is_required(i)) all.insert(room(i).weight);
    if (all.empty()) all.insert(UINT32_MAX);
    return all;
  }

  // So many nodes of the range there are, or in a row.
  std::uint32_t reach_without_network() const {
    if (topology_ || how_.nodes_wanted <= d_.nodes_min) return 0;
    const auto there = how_.contiguous ? longest_row() : static_cast<std::int64_t>(nodes_.size());
    return static_cast<std::uint32_t>(std::min<std::int64_t>(how_.nodes_wanted, there));
  }

  Found of_least_weight(std::uint32_t nodes_min) {
    const std::uint32_t asked = std::exchange(d_.nodes_min, nodes_min);
    Found found;
    for (const std::uint32_t weight : weights())
      if ((found = up_to(weight))) break;
    d_.nodes_min = asked;
    return found;
  }

  // As many nodes as are wanted, or as few as will do.
  Found up_to(std::uint32_t weight) {
    Places usable;
    for (std::uint32_t i = 0; i < nodes_.size(); ++i)
      if (is_required(i) || room(i).weight <= weight) usable.push_back(i);
    if (how_.least_loaded) {
      const auto rest = std::partition_point(usable.begin(), usable.end(), [&](auto i) { return is_required(i); });
      std::stable_sort(rest, usable.end(), [&](auto a, auto b) { return room(a).free.units > room(b).free.units; });
    }
    rank_.assign(nodes_.size(), 0);
    for (std::uint32_t i = 0; i < usable.size(); ++i) rank_[usable[i]] = i;
    const Demand asked = d_;
    const auto most = static_cast<std::uint32_t>(std::min<std::size_t>(how_.nodes_wanted, usable.size()));
    Found found;
    if (most > asked.nodes_min) {
      d_.nodes_min = most;
      found = look(usable);
      d_.nodes_min = asked.nodes_min;
    }
    return found ? found : look(usable);
  }

  Found look(const Places& usable) {
    if (how_.contiguous) return in_a_row(usable);
    group(usable);
    if (auto one = alone(usable)) return one;
    for (const Group& group : groups_)
      if (auto list = fill(group)) return list;
    return {};
  }

  // ---- groups ----

  void group(const Places& usable) {
    leaves_.clear();
    groups_.clear();
    leaf_of_.assign(nodes_.size(), 0);
    if (!topology_) {
      leaves_.push_back({0, usable});
      groups_.push_back({0, usable.size(), 0, {0}});
      return;
    }
    std::map<std::uint32_t, std::size_t> known;  // leaves by unit
    for (const std::uint32_t node : usable) {
      const std::uint32_t unit = topology_->leaf_of(room(node).node);
      const auto [place, is_new] = known.try_emplace(unit, leaves_.size());
      if (is_new || unit == Topology::nowhere) leaves_.push_back({unit, {}});
      const std::size_t leaf = unit == Topology::nowhere ? leaves_.size() - 1 : place->second;
      leaves_[leaf].members.push_back(node);
      leaf_of_[node] = leaf;
    }
    for (Leaf& leaf : leaves_) cut_to_segments(leaf);
    join_leaves();
    std::sort(groups_.begin(), groups_.end());
  }

  void cut_to_segments(Leaf& leaf) const {
    if (how_.segment == 0) return;
    const std::size_t whole = leaf.members.size() - leaf.members.size() % how_.segment;
    leaf.members.resize(how_.spread_segments ? std::min<std::size_t>(whole, how_.segment) : whole);
  }

  // A group for each unit with nodes below it. Blocks go together as their sizes say, and in the end all of them.
  void join_leaves() {
    std::map<std::uint32_t, Group> by_unit;
    Group all{UINT32_MAX, 0, UINT32_MAX, {}};
    for (std::size_t i = 0; i < leaves_.size(); ++i) {
      if (leaves_[i].members.empty()) continue;
      add_leaf(all, i);
      std::uint32_t unit = leaves_[i].unit;
      if (unit == Topology::nowhere) add_leaf(groups_.emplace_back(), i);
      for (; unit != Topology::nowhere; unit = topology_->units()[unit].parent) {
        Group& group = by_unit[unit];
        group.level = topology_->units()[unit].level;
        if (group.leaves.empty()) group.first = UINT32_MAX;
        add_leaf(group, i);
      }
    }
    for (auto& [unit, group] : by_unit) groups_.push_back(std::move(group));
    if (topology_->joins_all()) groups_.push_back(std::move(all));
  }

  void add_leaf(Group& group, std::size_t leaf) const {
    const Places& members = leaves_[leaf].members;
    group.nodes += members.size();
    group.first = group.leaves.empty() ? rank_[members.front()] : std::min(group.first, rank_[members.front()]);
    group.leaves.push_back(leaf);
  }

  // ---- nodes of a group ----

  // The fewest nodes first: one that holds all is better than several. Of the fullest leaf.
  Found alone(const Places& usable) const {
    if (d_.nodes_min > 1 || offer_.required > 0 || how_.spread || how_.segment > 1) return {};
    std::optional<std::uint32_t> best;
    const auto spare = [&](std::uint32_t node) { return leaves_[leaf_of_[node]].members.size(); };
    for (const std::uint32_t node : usable)
      if (holds_all(d_, nodes_[node]) && meets_quotas(Places{node}) && (!best || spare(node) < spare(*best)))
        best = node;
    if (!best) return {};
    return std::vector<Chosen>{nodes_[*best]};
  }

  bool meets_quotas(const Places& taken) const { return missing_quota(taken) == how_.quotas.size(); }

  std::uint64_t marks(std::uint32_t node) const { return offer_.marks.empty() ? 0 : offer_.marks[nodes_[node].place]; }

  // The first quota that they do not meet.
  std::size_t missing_quota(const Places& taken) const {
    for (std::size_t quota = 0; quota < how_.quotas.size(); ++quota) {
      const auto has = [&](std::uint32_t node) { return (marks(node) >> quota & 1) != 0; };
      if (std::count_if(taken.begin(), taken.end(), has) < std::int64_t{how_.quotas[quota]}) return quota;
    }
    return how_.quotas.size();
  }

  Found fill(const Group& group) {
    if (group.nodes < d_.nodes_min) return {};
    Choices chosen(d_);
    Taken taken(nodes_.size());
    std::vector<std::size_t> leaves = group.leaves;
    std::size_t required = 0;
    for (const std::size_t leaf : leaves)
      for (const std::uint32_t node : leaves_[leaf].members)
        if (is_required(node)) take(node, chosen, taken), ++required;
    if (required < offer_.required || !take_quotas(group, chosen, taken)) return {};
    const std::size_t kept = taken.list.size();
    const std::size_t begun = used_first(leaves, taken);
    for (std::size_t next = 0; next < leaves.size() && !chosen.enough(); ++next) {
      if (next >= begun) std::swap(leaves[next], leaves[best_leaf(leaves, next, chosen)]);
      for (const std::uint32_t node : leaves_[leaves[next]].members) {
        if (chosen.enough()) break;
        if (taken.is[node]) continue;
        if (chosen.full())
          chosen.replace_least(nodes_[node], kept);
        else
          take(node, chosen, taken);
      }
    }
    if (!chosen.enough() || !whole_segments(chosen, group, taken)) return {};
    extend(group, chosen, taken);
    return within_switches(chosen) ? Found(std::move(chosen.list())) : Found();
  }

  void take(std::uint32_t node, Choices& chosen, Taken& taken) const {
    chosen.add(nodes_[node]);
    taken.add(node);
  }

  // How many of the leaves hold some of them.
  std::size_t used_first(std::vector<std::size_t>& leaves, const Taken& taken) const {
    std::set<std::size_t> used;
    for (const std::uint32_t node : taken.list) used.insert(leaf_of_[node]);
    const auto rest =
        std::stable_partition(leaves.begin(), leaves.end(), [&](std::size_t leaf) { return used.contains(leaf); });
    return static_cast<std::size_t>(rest - leaves.begin());
  }

  // Nodes that bear the marks, in the order of the offer.
  bool take_quotas(const Group& group, Choices& chosen, Taken& taken) const {
    for (std::size_t quota = missing_quota(taken.list); quota < how_.quotas.size(); quota = missing_quota(taken.list)) {
      std::optional<std::uint32_t> best;
      for (const std::size_t leaf : group.leaves)
        for (const std::uint32_t node : leaves_[leaf].members)
          if ((marks(node) >> quota & 1) != 0 && !taken.is[node] && (!best || rank_[node] < rank_[*best])) best = node;
      if (!best || chosen.full()) return false;
      take(*best, chosen, taken);
    }
    return true;
  }

  // Of leaves[next] and those behind it.
  std::size_t best_leaf(const std::vector<std::size_t>& leaves, std::size_t next, Choices& chosen) const {
    const std::size_t nodes = d_.nodes_min - std::min<std::size_t>(d_.nodes_min, chosen.list().size());
    const std::uint64_t tasks = d_.tasks - std::min<std::uint64_t>(d_.tasks, chosen.capacity());
    const auto rank = [&](std::size_t i) {
      const Places& members = leaves_[leaves[i]].members;
      std::uint64_t fit = 0;
      for (const std::uint32_t node : members) fit += nodes_[node].fit;
      const bool completes = members.size() >= nodes && fit >= tasks;
      const auto size = static_cast<std::int64_t>(members.size());
      return std::tuple(!completes, completes ? size : -size, members.empty() ? UINT32_MAX : rank_[members.front()]);
    };
    std::size_t best = next;
    for (std::size_t i = next + 1; i < leaves.size(); ++i)
      if (rank(i) < rank(best)) best = i;
    return best;
  }

  // A segment that was begun is filled up.
  bool whole_segments(Choices& chosen, const Group& group, Taken& taken) const {
    if (how_.segment <= 1) return true;
    for (const std::size_t leaf : group.leaves) {
      const auto count = [&] {
        return std::count_if(taken.list.begin(), taken.list.end(), [&](auto n) { return leaf_of_[n] == leaf; });
      };
      for (const std::uint32_t node : leaves_[leaf].members)
        if (count() % how_.segment != 0 && !taken.is[node] && !chosen.full()) take(node, chosen, taken);
      if (count() % how_.segment != 0) return false;
    }
    return true;
  }

  // More of the same leaves, then of the others.
  void extend(const Group& group, Choices& chosen, Taken& taken) const {
    if (how_.segment > 1 || chosen.list().size() != taken.list.size()) return;
    std::vector<std::size_t> leaves = group.leaves;
    const std::size_t begun = used_first(leaves, taken);
    if (how_.switches_max > 0) leaves.resize(begun);
    for (const std::size_t leaf : leaves)
      for (const std::uint32_t node : leaves_[leaf].members) {
        if (chosen.list().size() >= how_.nodes_wanted || chosen.full()) return;
        if (!taken.is[node]) take(node, chosen, taken);
      }
  }

  std::size_t leaves_used(const std::vector<Chosen>& list) const {
    std::set<std::size_t> leaves;
    for (const Chosen& one : list) {
      const auto node = std::ranges::lower_bound(nodes_, one.place, {}, &Chosen::place);
      leaves.insert(leaf_of_[static_cast<std::size_t>(node - nodes_.begin())]);
    }
    return leaves.size();
  }
  bool within_switches(Choices& chosen) {
    if (how_.switches_max == 0 || !topology_) return true;
    const std::size_t leaves = leaves_used(chosen.list());
    fewest_leaves_ = std::min(fewest_leaves_, leaves);
    return leaves <= how_.switches_max;
  }

  // ---- one behind the other ----

  Found in_a_row(Places usable) const {
    std::sort(usable.begin(), usable.end(), [&](auto a, auto b) { return room(a).node < room(b).node; });
    std::optional<std::pair<std::size_t, std::vector<Chosen>>> best;  // and the length of its row
    for (std::size_t begin = 0; begin < usable.size();) {
      std::size_t end = begin + 1;
      while (end < usable.size() && room(usable[end]).node.value == room(usable[end - 1]).node.value + 1) ++end;
      if (!best || end - begin < best->first)
        if (auto list = in_row(std::span(usable).subspan(begin, end - begin))) best.emplace(end - begin, *list);
      begin = end;
    }
    if (!best) return {};
    return std::move(best->second);
  }

  Found in_row(std::span<const std::uint32_t> row) const {
    for (std::size_t start = 0; start < row.size(); ++start) {
      Choices chosen(d_);
      Taken taken(nodes_.size());
      for (std::size_t i = start; i < row.size() && !chosen.full(); ++i) {
        if (chosen.enough() && has_required(taken.list) && chosen.list().size() >= how_.nodes_wanted) break;
        take(row[i], chosen, taken);
      }
      if (chosen.enough() && has_required(taken.list) && meets_quotas(taken.list)) return std::move(chosen.list());
    }
    return {};
  }

  bool has_required(const Places& taken) const {
    return static_cast<std::size_t>(std::count_if(taken.begin(), taken.end(),
                                                  [&](auto node) { return is_required(node); })) == offer_.required;
  }

  Shortage shortage() const {
    Shortage plain = shortage_of(d_, offer_);
    if (plain.need > plain.have && nodes_.size() < d_.nodes_min) return plain;
    if (how_.contiguous) return {"nodes in a row", d_.nodes_min, longest_row()};
    if (fewest_leaves_ < SIZE_MAX)
      return {"leaf switches at most", static_cast<std::int64_t>(fewest_leaves_), how_.switches_max};
    if (topology_ && !how_.quotas.empty()) return {"nodes with the features asked for", d_.nodes_min, 0};
    if (topology_ && how_.segment > 1)
      return {"nodes in whole segments, each within a block", d_.nodes_min, in_segments()};
    if (topology_) return {"nodes joined by a switch", d_.nodes_min, largest_group()};
    return plain;
  }
  std::int64_t largest_group() const {
    std::size_t most = 0;
    for (const Group& group : groups_) most = std::max(most, group.nodes);
    return static_cast<std::int64_t>(most);
  }
  std::int64_t in_segments() const {
    std::size_t nodes = 0;
    for (const Leaf& leaf : leaves_) nodes += leaf.members.size();
    return static_cast<std::int64_t>(nodes);
  }
  std::int64_t longest_row() const {
    std::set<std::uint32_t> nodes;
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) nodes.insert(room(i).node.value);
    std::int64_t longest = 0;
    std::int64_t length = 0;
    std::uint32_t last = UINT32_MAX;
    for (const std::uint32_t node : nodes) {
      length = node == last + 1 ? length + 1 : 1;
      longest = std::max(longest, length);
      last = node;
    }
    return longest;
  }

  Demand d_;
  const Offer& offer_;
  const Arrangement& how_;
  const Topology* topology_;
  std::vector<Chosen> nodes_;        // with room, in the order of the offer
  std::vector<std::uint32_t> rank_;  // of each, now
  std::vector<std::size_t> leaf_of_;
  std::vector<Leaf> leaves_;
  std::vector<Group> groups_;  // the best first
  std::size_t fewest_leaves_ = SIZE_MAX;
};

}  // namespace

std::variant<std::vector<Chosen>, Shortage> choose_neighbours(const Demand& d, const Offer& offer) {
  return ArrangedChoice(d, offer).run();
}

}  // namespace slurmxx
