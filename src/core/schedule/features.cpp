// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/features.h"

#include <algorithm>
#include <iterator>

#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr std::size_t depth_max = 20;

struct Factor {
  FeatureFilter filter;
  std::uint32_t count = 0;  // 0: none was given
  bool bracket = false;
  std::vector<std::vector<Factor>> inside;  // of a bracket: alternatives, each of factors
};

class FeatureReader {
 public:
  explicit FeatureReader(std::string_view text) : text_(text) {}

  Result<std::vector<std::vector<Factor>>> read() {
    TRY_ASSIGN(auto terms, list(0));
    if (at_ < text_.size()) return fail(Errc::invalid_feature);
    return terms;
  }

 private:
  char peek() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }

  Result<std::vector<std::vector<Factor>>> list(std::size_t depth) {
    std::vector<std::vector<Factor>> terms;
    do {
      TRY_ASSIGN(auto one, term(depth));
      terms.push_back(std::move(one));
    } while (take('|'));
    return terms;
  }

  Result<std::vector<Factor>> term(std::size_t depth) {
    std::vector<Factor> factors;
    do {
      TRY_ASSIGN(auto one, factor(depth));
      factors.push_back(std::move(one));
    } while ((take('&') || take(',')) && peek() != '\0');  // what follows a sign at the end is nothing
    return factors;
  }

  Result<Factor> factor(std::size_t depth) {
    Factor result;
    if (depth > depth_max) return fail(Errc::invalid_feature);
    if (take('[')) {
      if (depth > 0 || brackets_++ > 0) return fail(Errc::invalid_feature);
      result.bracket = true;
      TRY_ASSIGN(result.inside, list(depth + 1));
      if (!take(']')) return fail(Errc::invalid_feature);
      return result;
    }
    if (take('(')) {
      TRY_ASSIGN(const auto terms, list(depth + 2));
      if (!take(')')) return fail(Errc::invalid_feature);
      TRY_ASSIGN(result.filter, filter_of(terms));
    } else {
      TRY_ASSIGN(const std::string_view word, name());
      result.filter.name(word);
    }
    if (!take('*')) return result;
    TRY_ASSIGN(result.count, count());
    return result;
  }

  Result<std::string_view> name() {
    peek();
    const std::size_t begin = at_;
    constexpr std::string_view signs = "[](){}*!&|,";
    while (at_ < text_.size() && !is_space(text_[at_]) && signs.find(text_[at_]) == std::string_view::npos) ++at_;
    if (at_ == begin) return fail(Errc::invalid_feature);
    return text_.substr(begin, at_ - begin);
  }

  Result<std::uint32_t> count() {
    peek();
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    const auto number = parse_natural(text_.substr(begin, at_ - begin), {1, 1'000'000});
    if (!number) return fail(Errc::invalid_feature);
    return static_cast<std::uint32_t>(*number);
  }

 public:
  // Counts have no meaning below the outside.
  static Result<FeatureFilter> filter_of(const std::vector<std::vector<Factor>>& terms) {
    FeatureFilter any;
    for (const auto& factors : terms) {
      TRY_ASSIGN(const FeatureFilter all, filter_of(factors));
      any.append(all);
    }
    if (terms.size() > 1) any.any_of(terms.size());
    return any;
  }
  static Result<FeatureFilter> filter_of(const std::vector<Factor>& factors) {
    FeatureFilter all;
    for (const Factor& factor : factors) {
      if (factor.count > 0 || factor.bracket) return fail(Errc::invalid_feature);
      all.append(factor.filter);
    }
    if (factors.size() > 1) all.all_of(factors.size());
    return all;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  int brackets_ = 0;
};

// [a*2&b*4]: each node is one of those that are counted.
void add_inside(const std::vector<Factor>& factors, FeatureNeed& need) {
  FeatureFilter any;
  std::size_t counted = 0;
  for (const Factor& factor : factors) {
    if (factor.count == 0) {
      need.every.push_back(factor.filter);
      continue;
    }
    need.quotas.push_back({factor.count, factor.filter});
    need.nodes_least += factor.count;
    any.append(factor.filter);
    ++counted;
  }
  if (counted > 1) any.any_of(counted);
  if (counted > 0) need.every.push_back(std::move(any));
}

// a*2&b: what is counted outside of brackets is asked of the same nodes.
FeatureNeed outside_of(const std::vector<Factor>& factors) {
  FeatureNeed need;
  FeatureQuota quota;
  std::size_t counted = 0;
  for (const Factor& factor : factors) {
    if (factor.bracket) continue;
    if (factor.count == 0) {
      need.every.push_back(factor.filter);
      continue;
    }
    quota.filter.append(factor.filter);
    quota.count = std::max(quota.count, factor.count);
    ++counted;
  }
  if (counted > 1) quota.filter.all_of(counted);
  if (counted > 0) need.quotas.push_back(std::move(quota));
  return need;
}

// [a*1|b*1]
bool has_counted_choice(const std::vector<Factor>& factors) {
  const auto is_counted = [](const Factor& factor) { return factor.count > 0; };
  for (const Factor& factor : factors)
    for (const std::vector<Factor>& way : factor.inside)
      if (factor.inside.size() > 1 && std::any_of(way.begin(), way.end(), is_counted)) return true;
  return false;
}

}  // namespace

bool FeatureFilter::matches(const std::vector<std::string_view>& features) const {
  std::vector<bool> stack;
  for (const Step& step : steps_) {
    if (step.kind == Kind::name) {
      stack.push_back(std::find(features.begin(), features.end(), step.name) != features.end());
      continue;
    }
    const auto first = stack.end() - static_cast<std::ptrdiff_t>(step.count);
    const bool met = step.kind == Kind::all ? std::find(first, stack.end(), false) == stack.end()
                                            : std::find(first, stack.end(), true) != stack.end();
    stack.resize(stack.size() - step.count);
    stack.push_back(met);
  }
  return stack.empty() || stack.back();
}

std::vector<std::string> FeatureFilter::names() const {
  std::vector<std::string> names;
  for (const Step& step : steps_)
    if (step.kind == Kind::name) names.push_back(step.name);
  return names;
}

std::vector<std::string> FeatureNeed::names() const {
  std::vector<std::string> all;
  const auto add = [&](const FeatureFilter& filter) { std::ranges::copy(filter.names(), std::back_inserter(all)); };
  for (const FeatureFilter& filter : every) add(filter);
  for (const FeatureQuota& quota : quotas) add(quota.filter);
  return all;
}

Result<FeatureNeeds> parse_features(std::string_view expression) {
  if (trim(expression).empty()) return FeatureNeeds(1);
  TRY_ASSIGN(const auto terms, FeatureReader(expression).read());
  if (terms.size() > 1) {
    FeatureNeed need;
    TRY_ASSIGN(FeatureFilter filter, FeatureReader::filter_of(terms));
    need.every.push_back(std::move(filter));
    return FeatureNeeds{std::move(need)};
  }
  if (has_counted_choice(terms.front())) return fail(Errc::invalid_feature);
  FeatureNeeds needs;
  for (const Factor& factor : terms.front())
    for (const std::vector<Factor>& alternative : factor.inside) {
      FeatureNeed need = outside_of(terms.front());
      add_inside(alternative, need);
      needs.push_back(std::move(need));
    }
  if (needs.empty()) needs.push_back(outside_of(terms.front()));
  for (const FeatureNeed& need : needs)
    if (need.quotas.size() > feature_quotas_max) return fail(Errc::invalid_feature);
  return needs;
}

namespace {

// --batch: one of the nodes is fit for the script.
Status add_batch_host(const PlacementRequest& asked, FeatureNeeds& needs) {
  if (asked.batch_features.empty()) return {};
  TRY_ASSIGN(const FeatureNeeds host, parse_features(asked.batch_features));
  if (host.size() != 1 || host.front().every.size() != 1 || !host.front().quotas.empty())
    return fail(Errc::invalid_feature);
  for (FeatureNeed& need : needs) {
    if (need.quotas.size() >= feature_quotas_max) return fail(Errc::invalid_feature);
    need.quotas.push_back({1, host.front().every.front()});
  }
  return {};
}

}  // namespace

Result<FeatureNeeds> feature_needs(const PlacementRequest& asked) {
  FeatureNeeds needs;
  for (const std::string* expression : {&asked.prefer, &asked.features}) {
    if (expression == &asked.prefer && expression->empty()) continue;
    TRY_ASSIGN(FeatureNeeds more, parse_features(*expression));
    std::move(more.begin(), more.end(), std::back_inserter(needs));
  }
  TRY(add_batch_host(asked, needs));
  return needs;
}

const FeatureJudge::Verdict& FeatureJudge::of(std::string_view text) {
  if (last_ && text == last_text_) return *last_;
  const auto [place, is_new] = known_.try_emplace(text);
  Verdict& verdict = place->second;
  if (is_new) {
    const std::vector<std::string_view> features = split_commas(text);
    for (const FeatureFilter& filter : need_.every) verdict.may_serve = verdict.may_serve && filter.matches(features);
    for (std::size_t i = 0; i < need_.quotas.size(); ++i)
      if (need_.quotas[i].filter.matches(features)) verdict.marks |= std::uint64_t{1} << i;
  }
  last_ = &verdict;
  last_text_ = place->first;
  return verdict;
}

Result<bool> has_features(std::string_view expression, std::string_view features_of_node) {
  TRY_ASSIGN(const FeatureNeeds needs, parse_features(expression));
  if (needs.size() > 1 || !needs.front().quotas.empty()) return fail(Errc::invalid_feature);
  return FeatureJudge(needs.front()).of(features_of_node).may_serve;
}

}  // namespace slurmxx
