// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The network of a drawn situation, and the features that nodes are booted with.
#include "core/hostlist/hostlist.h"
#include "core/schedule/boot_features.h"
#include "core/schedule/scenario.h"
#include "core/text/words.h"

namespace slurmxx {

Status Scenario::read_topology(const Words& words) {
  TopologyLayoutConfig layout{"default", words[1] == "block" ? TopologyKind::block : TopologyKind::tree, true, {}, {}};
  std::vector<std::string> names;
  for (const auto& node : nodes_) names.push_back(node->name);
  for (const std::string& word : std::span(words).subspan(2)) {
    const auto pair = split_once(word, '=');
    if (!pair) return fail("scenario: a topology's words are NAME=NODES or NAME=SWITCHES");
    if (pair->first == "sizes") {
      for (const std::string_view size : split_commas(pair->second)) {
        const auto count = parse_natural(size, {1, 1000});
        layout.block_sizes.push_back(count ? static_cast<std::uint32_t>(*count) : 1);
      }
      continue;
    }
    TRY_ASSIGN(const HostNames below, expand_hostlist(pair->second));
    const bool leaf = std::find(names.begin(), names.end(), below.at(0)) != names.end();
    layout.units.push_back(
        {std::string(pair->first), leaf ? std::string(pair->second) : "", leaf ? "" : std::string(pair->second)});
  }
  const auto topology = std::make_shared<const Topology>(layout, names);
  for (PlanPartition& partition : partitions_) partition.topology = topology;
  return {};
}

Status Scenario::read_boot(const Words& words) {
  TRY_ASSIGN(const HostNames names, expand_hostlist(words.at(1)));
  if (words.size() < 3) return fail("scenario: boot NODES FEATURES");
  if (!boots_) boots_ = std::make_shared<BootRules>();
  boots_->available.resize(nodes_.size());
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    std::string& available = boots_->available[i];
    if (available.empty()) available = nodes_[i]->features_active;
    if (std::find(names.begin(), names.end(), nodes_[i]->name) != names.end())
      available = commas_with(available, words[2]);
  }
  std::vector<std::string> features;
  for (const std::string_view feature : split_commas(words[2])) features.emplace_back(feature);
  boots_->changeable.insert(features.begin(), features.end());
  if (words.back() == "exclusive") boots_->exclusive.push_back(std::move(features));
  return {};
}

}  // namespace slurmxx
