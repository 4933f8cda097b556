// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/features.h"

#include <doctest/doctest.h>

using namespace slurmxx;

namespace {

// For each way: whether a node with these features may serve, and for which counts it stands.
std::string judged(std::string_view expression, std::string_view node) {
  const auto needs = parse_features(expression);
  if (!needs) return "invalid";
  std::string text;
  for (const FeatureNeed& need : *needs) {
    FeatureJudge judge(need);
    const auto& verdict = judge.of(node);
    text += verdict.may_serve ? "yes" : "no";
    for (std::size_t i = 0; i < need.quotas.size(); ++i)
      text += " " + std::to_string(need.quotas[i].count) + ((verdict.marks >> i & 1) != 0 ? "+" : "-");
    text += ";";
  }
  return text;
}

}  // namespace

TEST_CASE("features are joined by and, or and parentheses") {
  CHECK(judged("", "") == "yes;");
  CHECK(judged("a", "a,b") == "yes;");
  CHECK(judged("a&c", "a,b") == "no;");
  CHECK(judged("a,b", "a,b") == "yes;");
  CHECK(judged("c|a&b", "a,b") == "yes;");
  CHECK(judged("(c|a)&d", "a,b") == "no;");
  CHECK(judged("(c|a)&b", "a,b") == "yes;");
}

TEST_CASE("brackets give ways, counts give quotas") {
  CHECK(judged("[a|b]", "b") == "no;yes;");
  CHECK(judged("x&[a|b]", "x,a") == "yes;no;");
  CHECK(judged("a*2", "b") == "yes 2-;");
  CHECK(judged("b&a*2", "b") == "yes 2-;");
  CHECK(judged("[a*2&b*4]", "b") == "yes 2- 4+;");
  CHECK(judged("[a*2&b*4]", "c") == "no 2- 4-;");
  CHECK(judged("[(a&x)*2&b*4]", "a,x") == "yes 2+ 4-;");
  CHECK(judged("a*2&b*3", "a") == "yes 3-;");
  CHECK(judged("a&", "a") == "yes;");
}

TEST_CASE("what cannot be read is an invalid feature") {
  for (const char* text :
       {"&", "[a*1|b*1]", "(a", "[a|b", "a*", "a*0", "!a", "[a]|b", "[a]&[b]", "a|b*2", "([a])", "a)", "|"}) {
    INFO(text);
    CHECK(judged(text, "a") == "invalid");
  }
}
