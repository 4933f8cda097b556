// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/boot_features.h"

#include <doctest/doctest.h>

#include "core/text/words.h"

using namespace slurmxx;

namespace {

const BootRules rules{{"ib,nps1,nps2,turbo"}, {"nps1", "nps2", "turbo"}, {{"nps1", "nps2"}}, {}, Minutes(0)};

// What n0 would be booted with; "-": it has all, "never": no boot helps.
std::string boot(const std::string& constraint, const std::string& active) {
  const FeatureNeeds needs = parse_features(constraint).value();
  const auto found = features_to_boot(rules, needs.front(), NodeIndex(0), active);
  if (!found) return "never";
  return found->empty() ? "-" : join(*found, "+");
}

}  // namespace

TEST_CASE("a node is booted with the fewest features that do") {
  CHECK(boot("nps2", "ib,nps1") == "nps2");
  CHECK(boot("nps1", "ib,nps1") == "-");
  CHECK(boot("ib&turbo", "ib") == "turbo");
  CHECK(boot("nps2&turbo", "ib,nps1") == "nps2+turbo");
  CHECK(boot("(nps2&turbo)|nps1", "ib") == "nps1");
  CHECK(boot("nps1&nps2", "ib,nps1") == "never");  // one or the other
  CHECK(boot("gpu&turbo", "ib") == "never");       // a feature that no boot gives
  // What it has now and could lose is asked for again.
  CHECK(boot("nps1&turbo", "ib,nps1") == "nps1+turbo");
}

TEST_CASE("ways by a boot come behind the others, and counts are not had by one") {
  FeatureNeeds needs = parse_features("[nps1|nps2]").value();
  add_ways_by_boot(rules, needs);
  REQUIRE(needs.size() == 4);
  CHECK_FALSE(needs[1].by_boot);
  CHECK(needs[2].by_boot);
  CHECK(needs[3].names() == std::vector<std::string>{"nps2"});
  FeatureNeeds counts = parse_features("nps1*2").value();
  add_ways_by_boot(rules, counts);
  CHECK(counts.size() == 1);
  FeatureNeeds others = parse_features("ib").value();
  add_ways_by_boot(rules, others);
  CHECK(others.size() == 1);
}

TEST_CASE("all nodes of a job are booted by the way that they were chosen by") {
  PlacementRequest asked;
  asked.features = "[nps2|nps1]";
  CHECK(chosen_way(rules, asked, 3).names() == std::vector<std::string>{"nps2"});
  const FeatureNeed second = chosen_way(rules, asked, 4);
  CHECK(second.by_boot);
  CHECK(features_to_boot(rules, second, NodeIndex(0), "ib,nps2") == std::vector<std::string>{"nps1"});
  CHECK(features_to_boot(rules, second, NodeIndex(0), "ib,nps1") == std::vector<std::string>());
  CHECK(chosen_way(rules, asked, 9).empty());
}
