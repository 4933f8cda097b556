// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Fairshare: what the shares and the usage of a tree of accounts and users make of each of them. Pure functions over a
// plain tree: Fair Tree (the default), the classic formula and its depth-oblivious variant. Ruled by fair_tree,
// classic_fair_share and priority_multifactor3 of the documentation.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace slurmxx {

struct ShareNode {
  static constexpr std::uint32_t no_parent = UINT32_MAX;

  std::uint32_t parent = no_parent;         // place in the tree, before this node; no_parent: the root
  bool is_user = false;                     // a leaf: users have no children
  std::optional<std::uint32_t> shares = 1;  // absent: Fairshare=parent
  double usage = 0;                         // charged to it directly: what is below it is added here
};
using ShareTree = std::vector<ShareNode>;  // parents before children; the first is the root

struct ShareResult {
  double usage = 0;            // with all below it
  double normal_shares = 0;    // Fair Tree: of its siblings' shares; else of the whole
  double normal_usage = 0;     // of all usage
  double effective_usage = 0;  // Fair Tree: of its parent's usage
  double level = 0;            // Level FS, Fair Tree only: infinite without usage
  double fair_share = 0;       // 0..1; Fair Tree ranks users alone
};

enum class ShareFormula : std::uint8_t { fair_tree = 0, classic = 1, depth_oblivious = 2 };

// Beside the nodes of the tree. `dampening` is FairShareDampeningFactor, of the classic formula.
std::vector<ShareResult> fair_shares(const ShareTree& tree, ShareFormula formula, double dampening = 1);

}  // namespace slurmxx
