// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// --extra as a condition on the nodes (SchedulerParameters=extra_constraints): comparisons of members of a node's
// Extra, a JSON object of numbers, texts and booleans, with = != < <= > >=, joined by & or , (and), | (or) and
// parentheses; and binds more closely. Two numbers are equal where they differ by less than 0.00001; what is not two
// numbers is compared as text. A node without the member, or whose Extra is no such object, does not fulfil the
// comparison.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace slurmxx {

using NodeExtra = std::map<std::string, std::string, std::less<>>;
NodeExtra parse_node_extra(const std::string& json);

class ExtraFilter {
 public:
  // Errors: what cannot be read, and where.
  static Result<ExtraFilter> parse(std::string_view text);

  bool empty() const { return any_of_.empty(); }
  bool is_met_by(const NodeExtra& extra) const;

 private:
  enum class Relation : std::uint8_t { equal, unequal, less, less_equal, greater, greater_equal };
  struct Term {
    std::string key;
    Relation relation = Relation::equal;
    std::string value;

    bool is_met_by(const NodeExtra& extra) const;
  };
  using AllOf = std::vector<Term>;
  class Reader;

  std::vector<AllOf> any_of_;
};

}  // namespace slurmxx
