// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/standings.h"

#include <algorithm>

#include "core/priority/priority.h"

namespace slurmxx {

const ShareResult* Standings::find(std::uint32_t association) const {
  const auto found = shares->find(association);
  return found == shares->end() ? nullptr : &found->second;
}

double Standings::fair_share(std::uint32_t association) const {
  const ShareResult* result = find(association);
  return result ? result->fair_share : 0;
}

std::uint32_t Standings::qos_priority(const std::string& name) const {
  const Qos* qos = directory->qos(name);
  return qos ? qos->priority : 0;
}

// Its own, else that of the nearest account above.
std::uint32_t Standings::association_priority(const Association& association) const {
  for (const Association* one : directory->chain(association))
    if (one->priority) return *one->priority;
  return 0;
}

ShareFormula share_formula(const PrioritySettings& settings) {
  const PriorityFlags flags = priority_policy(settings, JobId(1)).flags;
  if (flags.fair_tree) return ShareFormula::fair_tree;
  return flags.depth_oblivious ? ShareFormula::depth_oblivious : ShareFormula::classic;
}

PlacedShares placed_shares(const AccountBook& book, const UsageTable& usage) {
  PlacedShares placed;
  if (book.associations.empty()) return placed;
  placed.rows = book.tree(book.associations.front().cluster);
  std::vector<std::uint32_t> above;  // places, by depth
  for (std::uint32_t place = 0; place < placed.rows.size(); ++place) {
    const auto& [association, depth] = placed.rows[place];
    const auto level = static_cast<std::size_t>(depth);
    above.resize(level + 1);
    above[level] = place;
    ShareNode node;
    if (depth > 0) node.parent = above[level - 1];
    node.is_user = association->is_user();
    node.shares = association->shares;
    if (association->shares_of_parent && depth > 0) node.shares.reset();
    const auto used = usage.find({UsageHolder::association, association->id});
    if (used != usage.end()) node.usage = used->second.billing();
    placed.tree.push_back(node);
  }
  return placed;
}

std::shared_ptr<const Standings> standings_with(const Standings& before, std::shared_ptr<const Directory> directory) {
  auto standings = std::make_shared<Standings>(before);
  standings->directory = std::move(directory);
  standings->qos_priority_max = standings->association_priority_max = 0;
  for (const Qos& qos : standings->directory->book().qos)
    standings->qos_priority_max = std::max(standings->qos_priority_max, qos.priority);
  for (const Association& row : standings->directory->book().associations)
    standings->association_priority_max = std::max(standings->association_priority_max, row.priority.value_or(0));
  return standings;
}

std::shared_ptr<const Standings> calculate_standings(const State& state, const ClusterConfig& config,
                                                     std::shared_ptr<const Directory> directory, Instant at) {
  const PlacedShares placed = placed_shares(directory->book(), usage_as_of(state, at));
  const double dampening = config.priority.fair_share_dampening_factor;
  const std::vector<ShareResult> results = fair_shares(placed.tree, share_formula(config.priority), dampening);
  auto shares = std::make_shared<std::map<std::uint32_t, ShareResult>>();
  for (std::size_t i = 0; i < results.size(); ++i) shares->emplace(placed.rows[i].association->id, results[i]);
  Standings fresh;
  fresh.at = at;
  fresh.shares = std::move(shares);
  return standings_with(fresh, std::move(directory));
}

}  // namespace slurmxx
