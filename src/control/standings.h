// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// How associations stand to each other: one calculation of fairshare, as of an instant. It is made anew every
// PriorityCalcPeriod and with another configuration, and holds until the next, as priority_multifactor says: an
// association that came meanwhile has no fairshare yet.
#pragma once

#include <map>
#include <memory>

#include "core/config/cluster_config.h"
#include "core/fairshare/fair_share.h"
#include "core/limits/directory.h"
#include "state/usage.h"

namespace slurmxx {

struct Standings {
  std::shared_ptr<const Directory> directory;                          // as of now, whenever the shares were worked out
  Instant at;                                                          // of the calculation
  std::shared_ptr<const std::map<std::uint32_t, ShareResult>> shares;  // by association
  std::uint32_t qos_priority_max = 0;
  std::uint32_t association_priority_max = 0;

  const ShareResult* find(std::uint32_t association) const;
  double fair_share(std::uint32_t association) const;
  std::uint32_t qos_priority(const std::string& qos) const;
  std::uint32_t association_priority(const Association& association) const;
};

ShareFormula share_formula(const PrioritySettings& settings);

// The associations of a book as the formulas take them, the root first, and the ids beside the places.
struct PlacedShares {
  ShareTree tree;
  std::vector<AccountBook::Placed> rows;  // those of the tree
};
PlacedShares placed_shares(const AccountBook& book, const UsageTable& usage);

std::shared_ptr<const Standings> calculate_standings(const State& state, const ClusterConfig& config,
                                                     std::shared_ptr<const Directory> directory, Instant at);
// After another book: the old shares.
std::shared_ptr<const Standings> standings_with(const Standings& before, std::shared_ptr<const Directory> directory);

}  // namespace slurmxx
