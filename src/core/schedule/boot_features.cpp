// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/boot_features.h"

#include <algorithm>
#include <bit>

#include "core/text/word_list.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

bool passes(const FeatureNeed& need, const std::vector<std::string_view>& features) {
  return std::all_of(need.every.begin(), need.every.end(),
                     [&](const FeatureFilter& filter) { return filter.matches(features); });
}

bool go_together(const BootRules& rules, const std::vector<std::string_view>& given) {
  return std::all_of(rules.exclusive.begin(), rules.exclusive.end(), [&](const std::vector<std::string>& list) {
    return std::count_if(given.begin(), given.end(), [&](std::string_view one) { return has_word(list, one); }) <= 1;
  });
}

// Of the names in the expression, those that this node can be given.
std::vector<std::string> choice_of(const BootRules& rules, const FeatureNeed& need, std::string_view available) {
  const auto could_have = split_commas(available);
  std::vector<std::string> choice;
  for (std::string& name : need.names())
    if (rules.changeable.contains(name) && has_word(could_have, name) && !has_word(choice, name))
      choice.push_back(std::move(name));
  return choice;
}

constexpr std::size_t choice_max = 10;  // each part of it is tried

}  // namespace

bool BootRules::may_boot_for(const JobSpec& spec) const {
  return users.empty() || has_word(users, spec.owner.user_name);
}

Instant BootRules::boots_from(const Job& job) const {
  return job.times.eligible.value_or(job.times.submitted) + to_seconds(job.spec->placement.boot.delay.value_or(delay));
}

std::vector<std::string_view> BootRules::lasting(std::string_view active) const {
  std::vector<std::string_view> features = split_commas(active);
  std::erase_if(features, [&](std::string_view one) { return changeable.contains(one); });
  return features;
}

void add_ways_by_boot(const BootRules& rules, FeatureNeeds& needs) {
  const std::size_t count = needs.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::vector<std::string> names = needs[i].names();
    const bool could = std::any_of(names.begin(), names.end(),
                                   [&](const std::string& name) { return rules.changeable.contains(name); });
    if (!could || !needs[i].quotas.empty()) continue;
    FeatureNeed way = needs[i];
    way.by_boot = true;
    needs.push_back(std::move(way));
  }
}

std::optional<std::vector<std::string>> features_to_boot(const BootRules& rules, const FeatureNeed& need,
                                                         NodeIndex node, std::string_view active) {
  const std::vector<std::string_view> now = split_commas(active);
  if (passes(need, now)) return std::vector<std::string>();
  if (node.value >= rules.available.size() || !need.quotas.empty()) return {};
  const std::vector<std::string> choice = choice_of(rules, need, rules.available[node.value]);
  if (choice.size() > choice_max) return {};
  std::optional<std::vector<std::string>> best;
  for (std::uint32_t part = 1; part < 1u << choice.size(); ++part) {
    if (best && best->size() <= static_cast<std::size_t>(std::popcount(part))) continue;
    std::vector<std::string_view> given;
    for (std::size_t i = 0; i < choice.size(); ++i)
      if (part & (1u << i)) given.push_back(choice[i]);
    if (!go_together(rules, given)) continue;
    std::vector<std::string_view> then = rules.lasting(active);
    then.insert(then.end(), given.begin(), given.end());
    if (passes(need, then)) best.emplace(given.begin(), given.end());
  }
  return best;
}

FeatureNeed chosen_way(const BootRules& rules, const PlacementRequest& asked, std::uint32_t way) {
  auto needs = feature_needs(asked);
  if (!needs) return {};
  add_ways_by_boot(rules, *needs);
  return way > 0 && way <= needs->size() ? (*needs)[way - 1] : FeatureNeed();
}

BootJudge::Verdict BootJudge::of(NodeIndex node, std::string_view active) {
  if (node.value >= rules_.available.size()) return Verdict::never;
  const auto [place, is_new] = known_.try_emplace({rules_.available[node.value], active}, Verdict::never);
  if (!is_new) return place->second;
  const auto found = features_to_boot(rules_, need_, node, active);
  if (found) place->second = found->empty() ? Verdict::as_it_is : Verdict::after_boot;
  return place->second;
}

}  // namespace slurmxx
