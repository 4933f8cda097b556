// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/model/index_set.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/errc.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

using Range = IndexSet::Range;

// The fewest ranges that a walk from left to right finds; `numbers` rise.
std::vector<Range> fold(const std::vector<std::uint32_t>& numbers) {
  std::vector<Range> ranges;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t last = i;
    const std::uint32_t step = i + 1 < numbers.size() ? numbers[i + 1] - numbers[i] : 1;
    while (last + 1 < numbers.size() && numbers[last + 1] - numbers[last] == step) ++last;
    const bool worth_it = last - i >= 2 || (last > i && step == 1);
    if (!worth_it) last = i;
    ranges.push_back({numbers[i], numbers[last], worth_it ? step : 1});
    i = last + 1;
  }
  return ranges;
}

void expand(const Range& range, std::vector<std::uint32_t>& out) {
  for (std::uint64_t index = range.first; index <= range.last; index += range.step)
    out.push_back(static_cast<std::uint32_t>(index));
}

Range normal(Range range) {
  range.last = range.first + (range.last - range.first) / range.step * range.step;
  if (range.first == range.last) range.step = 1;
  return range;
}

// The part of `range` between two bounds; appends nothing where there is none.
void clip(const Range& range, std::uint32_t from, std::uint32_t to, std::vector<Range>& out) {
  std::uint64_t first = range.first;
  if (from > first) first += (std::uint64_t{from} - first + range.step - 1) / range.step * range.step;
  if (first > std::min(range.last, to)) return;
  out.push_back(normal({static_cast<std::uint32_t>(first), std::min(range.last, to), range.step}));
}

void append_common(const Range& a, const Range& b, std::vector<Range>& out) {
  if (b.step == 1) return clip(a, b.first, b.last, out);
  if (a.step == 1) return clip(b, a.first, a.last, out);
  const Range& sparse = a.step > b.step ? a : b;
  const Range& dense = a.step > b.step ? b : a;
  std::vector<std::uint32_t> numbers;
  for (std::uint64_t index = sparse.first; index <= sparse.last; index += sparse.step)
    if (dense.contains(static_cast<std::uint32_t>(index))) numbers.push_back(static_cast<std::uint32_t>(index));
  for (const Range& range : fold(numbers)) out.push_back(range);
}

// `gone` holds members of `range` only.
void append_rest(const Range& range, const std::vector<Range>& gone, std::vector<Range>& out) {
  const auto simple = [&](const Range& one) { return one.first == one.last || one.step == range.step; };
  if (!std::all_of(gone.begin(), gone.end(), simple)) {
    std::vector<std::uint32_t> all, taken, left;
    expand(range, all);
    for (const Range& one : gone) expand(one, taken);
    std::set_difference(all.begin(), all.end(), taken.begin(), taken.end(), std::back_inserter(left));
    for (const Range& one : fold(left)) out.push_back(one);
    return;
  }
  std::uint64_t next = range.first;
  for (const Range& one : gone) {
    if (one.first > next) clip(range, static_cast<std::uint32_t>(next), one.first - 1, out);
    next = std::uint64_t{one.last} + range.step;
  }
  if (next <= range.last) clip(range, static_cast<std::uint32_t>(next), range.last, out);
}

// Of a set that is one long row of equal steps; 0: it is not.
std::uint32_t step_of_row(const IndexSet& set) {
  constexpr std::uint32_t span = 10, fewest = 3;  // shorter rows are clearer as a list
  if (set.empty() || set.back() - set.front() <= span || set.size() < fewest) return 0;
  const std::uint32_t step = (set.back() - set.front()) / (set.size() - 1);
  std::uint64_t next = set.front();
  bool row = step > 1;
  set.for_each([&](std::uint32_t index) {
    row = row && index == next;
    next += step;
    return row;
  });
  return row ? step : 0;
}

}  // namespace

IndexSet::IndexSet(std::vector<Range> ranges) : ranges_(std::move(ranges)) {
  for (Range& range : ranges_) range = normal(range);
  std::sort(ranges_.begin(), ranges_.end(), [](const Range& a, const Range& b) { return a.first < b.first; });
  const auto overlap = [](const Range& a, const Range& b) { return b.first <= a.last; };
  if (std::adjacent_find(ranges_.begin(), ranges_.end(), overlap) == ranges_.end()) return;
  std::uint32_t end = 0;
  for (const Range& range : ranges_) end = std::max(end, range.last + 1);
  std::vector<bool> member(end);
  for (const Range& range : ranges_)
    for (std::uint64_t index = range.first; index <= range.last; index += range.step) member[index] = true;
  std::vector<std::uint32_t> numbers;
  for (std::uint32_t index = 0; index < end; ++index)
    if (member[index]) numbers.push_back(index);
  ranges_ = fold(numbers);
}

std::uint32_t IndexSet::size() const {
  std::uint32_t count = 0;
  for (const Range& range : ranges_) count += range.size();
  return count;
}

bool IndexSet::contains(std::uint32_t index) const {
  const auto at = std::lower_bound(ranges_.begin(), ranges_.end(), index,
                                   [](const Range& range, std::uint32_t wanted) { return range.last < wanted; });
  return at != ranges_.end() && at->contains(index);
}

IndexSet IndexSet::common(const IndexSet& other) const {
  IndexSet both;
  auto from = other.ranges_.begin();
  for (const Range& range : ranges_) {
    while (from != other.ranges_.end() && from->last < range.first) ++from;
    for (auto at = from; at != other.ranges_.end() && at->first <= range.last; ++at)
      append_common(range, *at, both.ranges_);
  }
  return both;
}

IndexSet IndexSet::without(const IndexSet& other) const {
  IndexSet rest;
  for (const Range& range : ranges_) {
    IndexSet alone;
    alone.ranges_ = {range};
    append_rest(range, alone.common(other).ranges_, rest.ranges_);
  }
  return rest;
}

std::string IndexSet::text(std::size_t most) const {
  if (const std::uint32_t step = step_of_row(*this)) return fmt::format("{}-{}:{}", front(), back(), step);
  std::string text;
  const auto add = [&](std::uint32_t first, std::uint32_t last) {
    if (!text.empty()) text += ',';
    text += first == last ? fmt::to_string(first) : fmt::format("{}-{}", first, last);
    return text.size() <= most;
  };
  std::uint64_t first = 0, last = 0;
  bool any = false, fits = true;
  for_each([&](std::uint32_t index) {
    if (any && index == last + 1) {
      last = index;
      return true;
    }
    if (any) fits = add(static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(last));
    first = last = index;
    any = true;
    return fits;
  });
  if (any && fits) fits = add(static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(last));
  if (fits) return text;
  return text.substr(0, text.rfind(',', most) + 1) + "...";
}

Result<IndexSet> parse_indices(std::string_view text, std::uint32_t end) {
  std::vector<Range> ranges;
  std::uint64_t numbers = 0;
  for (std::string_view one : split_commas(text)) {
    const auto stepped = split_once(one, ':');
    const auto bounds = split_once(stepped ? stepped->first : one, '-');
    if (stepped && !bounds) return fail(Errc::invalid_array);
    const auto first = parse_natural(bounds ? bounds->first : one, {0, end == 0 ? 0 : end - 1});
    const auto last = bounds ? parse_natural(bounds->second, {0, end == 0 ? 0 : end - 1}) : first;
    const auto step = stepped ? parse_natural(stepped->second, {1, UINT32_MAX}) : Result<std::uint64_t>(1);
    if (end == 0 || !first || !last || !step || *last < *first) return fail(Errc::invalid_array);
    ranges.push_back(
        {static_cast<std::uint32_t>(*first), static_cast<std::uint32_t>(*last), static_cast<std::uint32_t>(*step)});
    numbers += ranges.back().size();
    if (numbers > 2 * std::uint64_t{end}) return fail(Errc::invalid_array);  // the same again and again
  }
  if (ranges.empty()) return fail(Errc::invalid_array);
  return IndexSet(std::move(ranges));
}

namespace {

// Numbers may be led by blanks and a plus; behind them nothing is taken.
Result<std::string> plain_numbers(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins =
        i == 0 || text[i - 1] == ',' || text[i - 1] == '-' || text[i - 1] == ':' || is_space(text[i - 1]);
    const bool leads =
        begins && i + 1 < text.size() && (is_digit(text[i + 1]) || is_space(text[i + 1]) || text[i + 1] == '+');
    if (is_space(text[i]) && (!begins || i + 1 == text.size())) return fail(Errc::invalid_array);
    if (!(leads && (is_space(text[i]) || text[i] == '+'))) plain += text[i];
  }
  return plain;
}

}  // namespace

Result<ArrayText> parse_array(std::string_view text, std::uint32_t end) {
  std::string list;
  std::optional<std::string_view> limit;
  while (true) {
    const std::size_t mark = text.find('%');
    list += text.substr(0, mark);
    if (mark == std::string_view::npos) break;
    if (list.empty()) list = "0";
    text.remove_prefix(mark + 1);
    const std::size_t length = std::min(text.find_first_of("%,]"), text.size());
    if (!limit) limit = text.substr(0, length).substr(0, text.find_first_not_of("0123456789"));
    text.remove_prefix(length);
  }
  if (list.starts_with('[') && list.ends_with(']')) list = list.substr(1, list.size() - 2);
  TRY_ASSIGN(const std::string plain, plain_numbers(list));
  ArrayText array;
  TRY_ASSIGN(array.indices, parse_indices(plain, end));
  if (const auto most = parse_natural(limit.value_or(""), {0, UINT32_MAX}); most)
    array.throttle = static_cast<std::uint32_t>(*most);
  return array;
}

}  // namespace slurmxx
