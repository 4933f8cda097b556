// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/fairshare/fair_share.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"

namespace slurmxx {
namespace {

using Places = std::vector<std::uint32_t>;

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

// The tree as the formulas see it: children of an account with Fairshare=parent stand beside it, under the first
// account above that has shares of its own. A user with Fairshare=parent stays: the classic formulas take
// it for its account, and Fair Tree ranks it before its siblings, beside those that have used nothing.
class Standing {
 public:
  explicit Standing(const ShareTree& tree)
      : tree_(tree), children_(tree.size()), above_(tree.size()), sums_(tree.size()) {
    results_.resize(tree.size());
    for (std::uint32_t i = 0; i < tree.size(); ++i) {
      SLURMXX_CHECK(i == 0 ? tree[i].parent == ShareNode::no_parent : tree[i].parent < i);
      results_[i].usage = tree[i].usage;
      if (i == 0) continue;
      above_[i] = tree[i].parent;
      while (above_[i] != 0 && !tree[above_[i]].shares) above_[i] = above_[above_[i]];
      if (tree[i].shares || tree[i].is_user) children_[above_[i]].push_back(i);
    }
    for (std::uint32_t i = static_cast<std::uint32_t>(tree.size()); i-- > 1;) {
      results_[tree[i].parent].usage += results_[i].usage;
      if (tree[i].shares) sums_[above_[i]] += *tree[i].shares;
    }
    for (ShareResult& one : results_) one.normal_usage = ratio(one.usage, results_[0].usage);
  }

  const ShareTree& tree() const { return tree_; }
  const Places& children(std::uint32_t place) const { return children_[place]; }
  std::uint32_t above(std::uint32_t place) const { return above_[place]; }
  bool is_as_parent(std::uint32_t place) const { return place != 0 && !tree_[place].shares; }
  double share_of_level(std::uint32_t place) const { return ratio(*tree_[place].shares, sums_[above_[place]]); }
  std::vector<ShareResult>& results() { return results_; }

 private:
  const ShareTree& tree_;
  std::vector<Places> children_;
  Places above_;
  std::vector<double> sums_;  // of the shares of the children
  std::vector<ShareResult> results_;
};

// Ranks users from the highest Level FS down, account by account.
class FairTree {
 public:
  explicit FairTree(Standing& standing) : standing_(standing), results_(standing.results()) {}

  void run() {
    for (const ShareNode& node : standing_.tree()) count_ += node.is_user ? 1 : 0;
    rank_ = next_ = count_;
    results_[0].effective_usage = 1;
    for (std::uint32_t i = 1; i < results_.size(); ++i) judge(i);
    visit(standing_.children(0), false);
  }

 private:
  void judge(std::uint32_t place) {
    ShareResult& own = results_[place];
    const ShareResult& above = results_[standing_.above(place)];
    constexpr double unused = std::numeric_limits<double>::infinity();
    own.effective_usage = ratio(own.usage, above.usage);
    if (standing_.is_as_parent(place)) {
      own.normal_shares = above.normal_shares;
      own.level = unused;
      return;
    }
    own.normal_shares = standing_.share_of_level(place);
    own.level = own.effective_usage > 0 ? own.normal_shares / own.effective_usage : unused;
  }

  bool stands_before(std::uint32_t a, std::uint32_t b) const {
    if (results_[a].level != results_[b].level) return results_[a].level > results_[b].level;
    return standing_.tree()[a].is_user && !standing_.tree()[b].is_user;
  }

  // `tied`: the first of them ranks as the user before.
  void visit(Places children, bool tied) {
    std::stable_sort(children.begin(), children.end(), [&](auto a, auto b) { return stands_before(a, b); });
    for (std::size_t i = 0; i < children.size();) {
      tied = i == 0 ? tied : results_[children[i]].level == results_[children[i - 1]].level;
      if (standing_.tree()[children[i]].is_user) {
        rank_user(children[i++], tied);
        continue;
      }
      // Accounts that are level are one: their children are merged.
      const double level = results_[children[i]].level;
      Places merged;
      for (; i < children.size() && results_[children[i]].level == level; ++i) {
        const Places& more = standing_.children(children[i]);
        merged.insert(merged.end(), more.begin(), more.end());
      }
      visit(std::move(merged), tied);
    }
  }

  void rank_user(std::uint32_t place, bool tied) {
    if (!tied) rank_ = next_;
    results_[place].fair_share = ratio(static_cast<double>(rank_), static_cast<double>(count_));
    --next_;
  }

  Standing& standing_;
  std::vector<ShareResult>& results_;
  std::size_t count_ = 0;
  std::size_t rank_ = 0;
  std::size_t next_ = 0;
};

// Shares of the whole, and the usage a node answers for: its own, and its part of what its siblings used beyond it.
void classic(Standing& standing, double dampening) {
  std::vector<ShareResult>& results = standing.results();
  results[0].normal_shares = results[0].effective_usage = 1;
  for (std::uint32_t i = 1; i < results.size(); ++i) {
    ShareResult& own = results[i];
    const std::uint32_t parent = standing.above(i);
    const ShareResult& above = results[parent];
    if (standing.is_as_parent(i)) {
      own.normal_shares = above.normal_shares;
      own.effective_usage = above.effective_usage;
    } else {
      const double level = standing.share_of_level(i);
      own.normal_shares = above.normal_shares * level;
      own.effective_usage = own.normal_usage;
      if (parent != 0) own.effective_usage += (above.effective_usage - own.normal_usage) * level;
    }
    if (own.normal_shares > 0) own.fair_share = std::exp2(-own.effective_usage / own.normal_shares / dampening);
  }
}

// How far an account's ratio counts beside that of its ancestors, the more these are on target.
double weight_of_level(double above, double local) {
  if (above <= 0 || local <= 0) return 1;
  const double log_above = std::log(above);
  if (log_above * std::log(local) > 0) return 1;
  return 1 / (1 + 25 * log_above * log_above);
}

// The effective ratio of usage to shares, R: that of the parent times the local one, to a power.
void depth_oblivious(Standing& standing) {
  std::vector<ShareResult>& results = standing.results();
  std::vector<double> effective(results.size(), 1);
  results[0].normal_shares = results[0].effective_usage = 1;
  for (std::uint32_t i = 1; i < results.size(); ++i) {
    ShareResult& own = results[i];
    const std::uint32_t parent = standing.above(i);
    if (standing.is_as_parent(i)) {
      own.normal_shares = results[parent].normal_shares;
      effective[i] = effective[parent];
    } else {
      own.normal_shares = results[parent].normal_shares * standing.share_of_level(i);
      const double used = ratio(own.normal_usage, own.normal_shares);
      double siblings = 0;
      for (const std::uint32_t one : standing.children(parent)) siblings += results[one].normal_usage;
      const double local = ratio(used, ratio(siblings, results[parent].normal_shares));
      effective[i] =
          parent == 0 ? used : effective[parent] * std::pow(local, weight_of_level(effective[parent], local));
    }
    own.effective_usage = effective[i] * own.normal_shares;
    if (own.normal_shares > 0) own.fair_share = std::exp2(-effective[i]);
  }
}

}  // namespace

std::vector<ShareResult> fair_shares(const ShareTree& tree, ShareFormula formula, double dampening) {
  if (tree.empty()) return {};
  Standing standing(tree);
  if (formula == ShareFormula::fair_tree) FairTree(standing).run();
  if (formula == ShareFormula::classic) classic(standing, dampening > 0 ? dampening : 1);
  if (formula == ShareFormula::depth_oblivious) depth_oblivious(standing);
  return std::move(standing.results());
}

}  // namespace slurmxx
