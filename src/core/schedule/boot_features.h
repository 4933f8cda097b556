// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Features that a node gets by a boot (helpers.conf(5)): which of them a node would have to be given to serve a job,
// and from when on it may be booted for one (--delay-boot). Pure.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/job.h"
#include "core/schedule/features.h"

namespace slurmxx {

struct BootRules {
  std::vector<std::string> available;  // by NodeIndex: all that the node could have
  std::set<std::string, std::less<>> changeable;
  std::vector<std::vector<std::string>> exclusive;  // of each list a node has one at most
  std::vector<std::string> users;                   // for whose jobs; empty: everybody's
  Minutes delay{0};                                 // SchedulerParameters=delay_boot

  bool may_boot_for(const JobSpec& spec) const;
  Instant boots_from(const Job& job) const;

  // What the node has whatever it is given: `active` without the changeable ones.
  std::vector<std::string_view> lasting(std::string_view active) const;
};

// Adds to the ways of giving a job its features those by a boot. Counts of nodes are not had by one.
void add_ways_by_boot(const BootRules& rules, FeatureNeeds& needs);

// The fewest changeable features with which a node has what is needed; empty: those it has do; nothing: none do.
std::optional<std::vector<std::string>> features_to_boot(const BootRules& rules, const FeatureNeed& need,
                                                         NodeIndex node, std::string_view active);

// The way that the nodes of an allocation were chosen by (Allocation::boots, counted from 1).
FeatureNeed chosen_way(const BootRules& rules, const PlacementRequest& asked, std::uint32_t way);

// Judges nodes, each pair of texts once.
class BootJudge {
 public:
  BootJudge(const BootRules& rules, const FeatureNeed& need) : rules_(rules), need_(need) {}
  enum class Verdict : std::uint8_t { never, after_boot, as_it_is };
  Verdict of(NodeIndex node, std::string_view active);

 private:
  const BootRules& rules_;
  const FeatureNeed& need_;
  std::map<std::pair<std::string_view, std::string_view>, Verdict> known_;
};

}  // namespace slurmxx
