// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// --constraint and --prefer: which features nodes must have, all of them or some. Ruled by sbatch(1):
//   list   = term {'|' term},  term = factor {('&' | ',') factor}
//   factor = (name | '(' list ')') ['*' count] | '[' list ']'        one pair of brackets at most, at the outside
// [a|b]: all nodes have the same of them. a*2: two nodes at least have it. [a*2&b*4]: so many have each, all have one.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/model/job_spec.h"

namespace slurmxx {

// An expression of '&' and '|' over names, as a row of steps.
class FeatureFilter {
 public:
  bool matches(const std::vector<std::string_view>& features) const;
  void name(std::string_view name) { steps_.push_back({Kind::name, std::string(name), 0}); }
  void all_of(std::size_t count) { steps_.push_back({Kind::all, "", count}); }  // of the last so many
  void any_of(std::size_t count) { steps_.push_back({Kind::any, "", count}); }
  void append(const FeatureFilter& other) { steps_.insert(steps_.end(), other.steps_.begin(), other.steps_.end()); }
  std::vector<std::string> names() const;

 private:
  enum class Kind : std::uint8_t { name, all, any };
  struct Step {
    Kind kind = Kind::name;
    std::string name;
    std::size_t count = 0;
  };
  std::vector<Step> steps_;
};

struct FeatureQuota {
  std::uint32_t count = 0;
  FeatureFilter filter;
};

// One way to give a job what it asks for.
struct FeatureNeed {
  std::vector<FeatureFilter> every;  // each node passes all of these
  std::vector<FeatureQuota> quotas;  // so many nodes pass this one
  std::uint32_t nodes_least = 0;     // the counts within brackets together
  bool by_boot = false;              // nodes are booted with them where they lack them (boot_features.h)

  bool empty() const { return every.empty() && quotas.empty(); }
  std::vector<std::string> names() const;
};
using FeatureNeeds = std::vector<FeatureNeed>;  // never empty; the first that can be met is taken

inline constexpr std::size_t feature_quotas_max = 64;

// Error: Errc::invalid_feature.
Result<FeatureNeeds> parse_features(std::string_view expression);
// --prefer comes first, then --constraint.
Result<FeatureNeeds> feature_needs(const PlacementRequest& asked);

// Judges nodes by the text of their features, each text once.
class FeatureJudge {
 public:
  explicit FeatureJudge(const FeatureNeed& need) : need_(need) {}
  struct Verdict {
    bool may_serve = true;
    std::uint64_t marks = 0;  // bit i: it counts for quota i
  };
  const Verdict& of(std::string_view features_of_node);

 private:
  const FeatureNeed& need_;
  std::map<std::string_view, Verdict> known_;
  const Verdict* last_ = nullptr;
  std::string_view last_text_;
};

// Without counts and brackets, as reservations have them.
Result<bool> has_features(std::string_view expression, std::string_view features_of_node);

}  // namespace slurmxx
