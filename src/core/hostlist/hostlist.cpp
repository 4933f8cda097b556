// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/hostlist/hostlist.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "core/hostlist/host_key.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr std::size_t digits_max = 18;   // fits 64 bits with room to add one
constexpr std::size_t brackets_max = 8;  // of one element; bounds the recursion of append_names
constexpr std::uint64_t many = std::numeric_limits<std::uint64_t>::max();

struct NumberRange {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  std::size_t width = 0;  // least number of digits
};

// One piece of an element: a literal, or the alternatives of a bracket.
struct Part {
  std::string_view literal;
  std::vector<NumberRange> ranges;
};
using Element = std::vector<Part>;

std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b) { return a > many - b ? many : a + b; }
std::uint64_t saturating_multiply(std::uint64_t a, std::uint64_t b) { return b != 0 && a > many / b ? many : a * b; }

std::size_t decimal_digits(std::uint64_t number) {
  std::size_t digits = 1;
  for (; number >= 10; number /= 10) ++digits;
  return digits;
}

std::uint64_t to_number(std::string_view digits) {
  std::uint64_t number = 0;
  for (char c : digits) number = number * 10 + static_cast<std::uint64_t>(c - '0');
  return number;
}

void append_number(std::string& text, std::uint64_t number, std::size_t width) {
  std::array<char, 20> digits;
  auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  auto length = static_cast<std::size_t>(end - digits.data());
  if (length < width) text.append(width - length, '0');
  text.append(digits.data(), length);
}

class ElementReader {
 public:
  explicit ElementReader(std::string_view text) : text_(text) {}

  Result<Element> read() {
    Element element;
    std::size_t brackets = 0;
    for (std::size_t at = 0; at < text_.size();) {
      auto open = text_.find_first_of("[]", at);
      if (open != at) element.push_back({text_.substr(at, open - at), {}});
      if (open == std::string_view::npos) break;
      if (text_[open] == ']') return mistake("a ] without its [");
      if (++brackets > brackets_max) return mistake(fmt::format("a name has at most {} brackets", brackets_max));
      auto close = text_.find(']', open);
      if (close == std::string_view::npos) return mistake("a [ without its ]");
      TRY_ASSIGN(auto ranges, read_ranges(text_.substr(open + 1, close - open - 1)));
      element.push_back({{}, std::move(ranges)});
      at = close + 1;
    }
    return element;
  }

 private:
  Error mistake(std::string_view what) const {
    constexpr std::size_t shown = 200;
    return fail(Errc::invalid_node_name, fmt::format("Invalid hostlist: {}{}: {}", text_.substr(0, shown),
                                                     text_.size() > shown ? "..." : "", what));
  }

  Result<std::vector<NumberRange>> read_ranges(std::string_view inside) const {
    if (inside.find('[') != std::string_view::npos) return mistake("brackets do not nest");
    std::vector<NumberRange> ranges;
    for (auto piece : split(inside, ',')) {
      auto [low, high] = split_once(piece, '-').value_or(std::pair{piece, piece});
      if (!all_digits(low) || !all_digits(high))
        return mistake(fmt::format("\"{}\" is no number and no range LOW-HIGH", piece));
      if (low.size() > digits_max || high.size() > digits_max)
        return mistake(fmt::format("a number has at most {} digits", digits_max));
      NumberRange range{to_number(low), to_number(high), low.size()};
      if (range.low > range.high) return mistake(fmt::format("the range {} runs backwards", piece));
      ranges.push_back(range);
    }
    return ranges;
  }

  std::string_view text_;
};

// Calls each(element) for every element between commas and white space outside brackets.
template <class Each>
Status for_each_element(std::string_view text, Each each) {
  std::size_t start = 0;
  bool bracket = false;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    bool end = i == text.size();
    if (!end && text[i] == '[') bracket = true;
    if (!end && text[i] == ']') bracket = false;
    if (!end && (bracket || (text[i] != ',' && !is_space(text[i])))) continue;
    auto element_text = text.substr(start, i - start);
    start = i + 1;
    if (element_text.empty()) continue;
    TRY_ASSIGN(auto element, ElementReader(element_text).read());
    each(element);
  }
  return {};
}

std::uint64_t count(const Element& element) {
  std::uint64_t names = 1;
  for (const auto& part : element) {
    if (part.ranges.empty()) continue;
    std::uint64_t choices = 0;
    for (const auto& range : part.ranges) choices = saturating_add(choices, range.high - range.low + 1);
    names = saturating_multiply(names, choices);
  }
  return names;
}

// Depth first over the parts. The depth is the number of brackets in one element, which brackets_max bounds.
void append_names(const Element& element, std::size_t part_index, std::string& name, HostNames& names) {
  if (part_index == element.size()) {
    names.push_back(name);
    return;
  }
  const auto& part = element[part_index];
  auto length = name.size();
  if (part.ranges.empty()) {
    name += part.literal;
    append_names(element, part_index + 1, name, names);
  }
  for (const auto& range : part.ranges) {
    for (auto number = range.low; number <= range.high; ++number) {
      name.resize(length);
      append_number(name, number, range.width);
      append_names(element, part_index + 1, name, names);
    }
  }
  name.resize(length);
}

struct SplitName {
  std::string_view prefix;
  std::string_view digits;
};

SplitName split_name(std::string_view name) {
  std::size_t digits = 0;
  while (digits < digits_max && digits < name.size() && is_digit(name[name.size() - 1 - digits])) ++digits;
  return {name.substr(0, name.size() - digits), name.substr(name.size() - digits)};
}

bool split_less(const SplitName& a, const SplitName& b) {
  if (int order = a.prefix.compare(b.prefix); order != 0) return order < 0;
  if (a.digits.size() != b.digits.size()) return a.digits.size() < b.digits.size();
  return a.digits < b.digits;
}

template <class Combine>
HostNames combine(HostNames a, HostNames b, Combine combine_sorted) {
  a = unique_hosts(std::move(a));
  b = unique_hosts(std::move(b));
  HostNames result;
  combine_sorted(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(result), host_less);
  return result;
}

}  // namespace

Result<std::uint64_t> count_hosts(std::string_view text) {
  std::uint64_t names = 0;
  TRY(for_each_element(text, [&](const Element& element) { names = saturating_add(names, count(element)); }));
  return names;
}

Result<HostNames> expand_hostlist(std::string_view text, std::uint64_t names_max) {
  TRY_ASSIGN(auto total, count_hosts(text));
  if (total > names_max) {
    auto number = total == many ? std::string("more than 2^64") : std::to_string(total);
    return fail(Errc::invalid_node_name,
                fmt::format("Invalid hostlist: {}{} stands for {} names; at most {} are allowed", text.substr(0, 200),
                            text.size() > 200 ? "..." : "", number, names_max));
  }
  HostNames names;
  names.reserve(total);
  std::string name;
  TRY(for_each_element(text, [&](const Element& element) { append_names(element, 0, name, names); }));
  SLURMXX_CHECK(names.size() == total);
  return names;
}

bool host_less(std::string_view a, std::string_view b) { return split_less(split_name(a), split_name(b)); }

std::string host_sort_key(std::string_view name) {
  const SplitName split = split_name(name);
  std::string key(split.prefix);
  key += '\0';
  key += static_cast<char>(split.digits.size());
  return key.append(split.digits);
}

void sort_hosts(HostNames& names) {
  if (std::ranges::is_sorted(names, host_less)) return;
  struct Key {
    SplitName name;
    std::size_t index;
  };
  std::vector<Key> keys;
  keys.reserve(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) keys.push_back({split_name(names[i]), i});
  // Equal names are the same text, so an unstable sort shows nothing.
  std::ranges::sort(keys, [](const Key& a, const Key& b) { return split_less(a.name, b.name); });
  std::vector<std::size_t> order;
  order.reserve(keys.size());
  for (const auto& key : keys) order.push_back(key.index);
  HostNames sorted;
  sorted.reserve(names.size());
  for (auto index : order) sorted.push_back(std::move(names[index]));
  names = std::move(sorted);
}

HostNames sorted_hosts(HostNames names) {
  sort_hosts(names);
  return names;
}

HostNames unique_hosts(HostNames names) {
  sort_hosts(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

HostNames hosts_union(HostNames a, HostNames b) {
  return combine(std::move(a), std::move(b), [](auto... args) { std::set_union(args...); });
}

HostNames hosts_intersection(HostNames a, HostNames b) {
  return combine(std::move(a), std::move(b), [](auto... args) { std::set_intersection(args...); });
}

HostNames hosts_difference(HostNames a, HostNames b) {
  return combine(std::move(a), std::move(b), [](auto... args) { std::set_difference(args...); });
}

std::string fold_hosts(std::span<const std::string> names) {
  HostFolder folder;
  for (const auto& name : names) folder.add(name);
  return folder.take();
}

std::string fold_hosts_sorted(HostNames names) { return fold_hosts(sorted_hosts(std::move(names))); }

void HostFolder::add(std::string_view name) {
  auto [prefix, digits] = split_name(name);
  bool numbered = !digits.empty();
  bool same_group = !ranges_.empty() && numbered && ranges_.back().width > 0 && prefix == prefix_;
  auto number = to_number(digits);
  if (same_group && extend(number, digits.size())) return;
  if (!same_group) {
    flush_group();
    prefix_ = prefix;
  }
  ranges_.push_back({number, number, digits.size()});
}

// The next of a range is the number after it, written as the range would write it: n9 n10, n09 n10, n99 n100.
bool HostFolder::extend(std::uint64_t number, std::size_t width) {
  auto& range = ranges_.back();
  if (number != range.high + 1 || width != std::max(range.width, decimal_digits(number))) return false;
  range.high = number;
  return true;
}

void HostFolder::flush_group() {
  if (ranges_.empty()) return;
  if (!text_.empty()) text_ += ',';
  text_ += prefix_;
  bool brackets = ranges_.size() > 1 || ranges_[0].low != ranges_[0].high;
  if (brackets) text_ += '[';
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    const auto& range = ranges_[i];
    if (i > 0) text_ += ',';
    if (range.width > 0) append_number(text_, range.low, range.width);
    if (range.low == range.high) continue;
    text_ += '-';
    append_number(text_, range.high, range.width);
  }
  if (brackets) text_ += ']';
  ranges_.clear();
}

std::string HostFolder::take() {
  flush_group();
  return std::exchange(text_, {});
}

}  // namespace slurmxx
