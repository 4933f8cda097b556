// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/extra_filter.h"

#include <fmt/format.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr std::string_view operators = ",&|<>=!()";
constexpr std::size_t alternatives_max = 256;  // parentheses multiply them
constexpr std::size_t depth_max = 32;

std::optional<double> number_in(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

// -1, 0, 1
int compare(const std::string& a, const std::string& b) {
  const auto x = number_in(a), y = number_in(b);
  if (!x || !y) return a.compare(b) < 0 ? -1 : a == b ? 0 : 1;
  constexpr double tolerance = 0.00001;
  if (std::abs(*x - *y) < tolerance) return 0;
  return *x < *y ? -1 : 1;
}

std::string text_of_member(const rapidjson::Value& value) {
  if (value.IsString()) return {value.GetString(), value.GetStringLength()};
  if (value.IsBool()) return value.GetBool() ? "true" : "false";
  if (value.IsInt64()) return fmt::format("{}", value.GetInt64());
  return value.IsNumber() ? fmt::format("{}", value.GetDouble()) : "";
}

}  // namespace

NodeExtra parse_node_extra(const std::string& json) {
  NodeExtra extra;
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(json.data(), json.size());
  if (document.HasParseError() || !document.IsObject()) return extra;
  for (const auto& member : document.GetObject())
    if (member.value.IsString() || member.value.IsBool() || member.value.IsNumber())
      extra.emplace(std::string(member.name.GetString(), member.name.GetStringLength()), text_of_member(member.value));
  return extra;
}

bool ExtraFilter::Term::is_met_by(const NodeExtra& extra) const {
  const auto known = extra.find(key);
  if (known == extra.end()) return false;
  const int order = compare(known->second, value);
  switch (relation) {
    case Relation::equal:
      return order == 0;
    case Relation::unequal:
      return order != 0;
    case Relation::less:
      return order < 0;
    case Relation::less_equal:
      return order <= 0;
    case Relation::greater:
      return order > 0;
    case Relation::greater_equal:
      return order >= 0;
  }
  return false;
}

bool ExtraFilter::is_met_by(const NodeExtra& extra) const {
  const auto met = [&](const Term& term) { return term.is_met_by(extra); };
  return empty() || std::ranges::any_of(any_of_, [&](const AllOf& all) { return std::ranges::all_of(all, met); });
}

// Into alternatives of which each asks for all of its terms.
class ExtraFilter::Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Result<std::vector<AllOf>> read() {
    TRY_ASSIGN(auto any, read_any(0));
    skip_spaces();
    if (at_ < text_.size()) return wrong();
    return any;
  }

 private:
  Error wrong() const {
    return fail(Errc::invalid_feature,
                fmt::format("--extra: '{}' cannot be read at '{}': write KEY<op>VALUE with = != < <= > >=, joined by & "
                            "or |, with parentheses",
                            text_, text_.substr(at_)));
  }
  void skip_spaces() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }
  bool take(std::string_view word) {
    skip_spaces();
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  Result<std::vector<AllOf>> read_any(std::size_t depth) {
    TRY_ASSIGN(auto any, read_all(depth));
    while (take("|")) {
      TRY_ASSIGN(const auto more, read_all(depth));
      any.insert(any.end(), more.begin(), more.end());
    }
    if (any.size() > alternatives_max) return wrong();
    return any;
  }

  Result<std::vector<AllOf>> read_all(std::size_t depth) {
    TRY_ASSIGN(auto all, read_part(depth));
    while (take("&") || take(",")) {
      TRY_ASSIGN(const auto more, read_part(depth));
      std::vector<AllOf> both;
      for (const AllOf& a : all)
        for (const AllOf& b : more) {
          both.push_back(a);
          both.back().insert(both.back().end(), b.begin(), b.end());
        }
      if (both.size() > alternatives_max) return wrong();
      all = std::move(both);
    }
    return all;
  }

  Result<std::vector<AllOf>> read_part(std::size_t depth) {
    if (!take("(")) return read_term();
    if (depth == depth_max) return wrong();
    TRY_ASSIGN(auto inner, read_any(depth + 1));
    if (!take(")")) return wrong();
    return inner;
  }

  std::string word() {
    const std::size_t end = std::min(text_.size(), text_.find_first_of(operators, at_));
    const std::string_view found = trim(text_.substr(at_, end - at_));
    at_ = end;
    return std::string(found);
  }

  Result<std::vector<AllOf>> read_term() {
    Term term;
    term.key = word();
    constexpr std::pair<std::string_view, Relation> relations[] = {
        {"!=", Relation::unequal}, {"<=", Relation::less_equal}, {">=", Relation::greater_equal},
        {"=", Relation::equal},    {"<", Relation::less},        {">", Relation::greater}};
    const auto known = std::ranges::find_if(relations, [&](const auto& one) { return take(one.first); });
    if (term.key.empty() || known == std::end(relations)) return wrong();
    term.relation = known->second;
    term.value = word();
    if (term.value.empty()) return wrong();
    return std::vector<AllOf>{{std::move(term)}};
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

Result<ExtraFilter> ExtraFilter::parse(std::string_view text) {
  ExtraFilter filter;
  if (trim(text).empty()) return filter;
  TRY_ASSIGN(filter.any_of_, Reader(text).read());
  return filter;
}

}  // namespace slurmxx
