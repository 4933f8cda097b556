// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/tres/tres.h"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

#include "base/check.h"
#include "core/text/size_text.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

// Place in print order: the row; what no row matches comes last.
constexpr std::array<std::string_view, 8> fixed_names{"cpu",     "mem",     "energy", "node",
                                                      "billing", "fs/disk", "vmem",   "pages"};
constexpr std::array<std::string_view, 6> kinds{"gres/", "license/", "bb/", "fs/", "ic/", "interconnect/"};

std::size_t rank(std::string_view name) {
  if (auto at = std::ranges::find(fixed_names, name); at != fixed_names.end())
    return static_cast<std::size_t>(at - fixed_names.begin());
  auto kind = std::ranges::find_if(kinds, [&](auto k) { return name.starts_with(k); });
  return fixed_names.size() + static_cast<std::size_t>(kind - kinds.begin());
}

bool counts_memory(std::string_view name) { return name == "mem" || name == "vmem"; }

std::uint64_t checked_sum(std::uint64_t a, std::uint64_t b) {
  SLURMXX_CHECK(a <= std::numeric_limits<std::uint64_t>::max() - b);
  return a + b;
}

template <class Entries>
auto place_of(Entries& entries, std::string_view name) {
  return std::ranges::lower_bound(entries, name, tres_before, &TresCount::name);
}

Result<std::uint64_t> parse_tres_count(std::string_view name, std::string_view text) {
  if (!counts_memory(name)) return parse_count(text);
  TRY_ASSIGN(auto memory, parse_memory(text));
  return static_cast<std::uint64_t>(memory.value);
}

}  // namespace

bool tres_before(std::string_view a, std::string_view b) {
  auto rank_a = rank(a), rank_b = rank(b);
  return rank_a != rank_b ? rank_a < rank_b : a < b;
}

TresCounts::TresCounts(std::initializer_list<TresCount> counts) {
  for (const auto& entry : counts) add(entry.name, entry.count);
}

std::optional<std::uint64_t> TresCounts::find(std::string_view name) const {
  auto at = place_of(entries_, name);
  return at != entries_.end() && at->name == name ? std::optional(at->count) : std::nullopt;
}

std::uint64_t TresCounts::operator[](std::string_view name) const { return find(name).value_or(0); }

void TresCounts::set(std::string_view name, std::uint64_t count) {
  auto at = place_of(entries_, name);
  if (at == entries_.end() || at->name != name) at = entries_.insert(at, {std::string(name), 0});
  at->count = count;
}

void TresCounts::erase(std::string_view name) {
  auto at = place_of(entries_, name);
  if (at != entries_.end() && at->name == name) entries_.erase(at);
}

void TresCounts::add(std::string_view name, std::uint64_t count) { set(name, checked_sum((*this)[name], count)); }

void TresCounts::add(const TresCounts& other) {
  for (const auto& entry : std::vector(other.entries_)) add(entry.name, entry.count);
}

void TresCounts::subtract(const TresCounts& other) {
  for (const auto& entry : std::vector(other.entries_)) {
    auto here = (*this)[entry.name];
    SLURMXX_CHECK(here >= entry.count);
    here == entry.count ? erase(entry.name) : set(entry.name, here - entry.count);
  }
}

TresCounts TresCounts::times(std::uint64_t factor) const {
  TresCounts result = *this;
  for (auto& entry : result.entries_) {
    SLURMXX_CHECK(factor == 0 || entry.count <= std::numeric_limits<std::uint64_t>::max() / factor);
    entry.count *= factor;
  }
  return result;
}

std::optional<std::string_view> TresCounts::first_above(const TresCounts& limits) const {
  for (const auto& entry : entries_) {
    auto limit = limits.find(entry.name);
    if (limit && entry.count > *limit) return entry.name;
  }
  return std::nullopt;
}

Status check_tres_name(std::string_view name) {
  static constexpr std::array<std::string_view, 7> plain{"cpu", "mem", "energy", "node", "billing", "vmem", "pages"};
  if (std::ranges::find(plain, name) != plain.end()) return {};
  auto kind = std::ranges::find_if(kinds, [&](auto k) { return name.starts_with(k) && name.size() > k.size(); });
  if (kind != kinds.end()) return {};
  return fail(fmt::format("\"{}\" is not a trackable resource: give {}, gres/NAME[:TYPE] or license/NAME{}",
                          name.substr(0, 60), join(plain, ", "), did_you_mean(name, plain)));
}

Result<TresCounts> parse_tres(std::string_view text) {
  TresCounts counts;
  for (auto piece : split_commas(text)) {
    auto pair = split_once(piece, '=');
    if (!pair) return fail(fmt::format("\"{}\" has no count: give NAME=COUNT, as in cpu=8", piece.substr(0, 60)));
    auto name = lower(trim(pair->first).substr(0, pair->first.find('/')));
    name += trim(pair->first).substr(name.size());
    TRY(check_tres_name(name));
    TRY_ASSIGN(auto count, parse_tres_count(name, trim(pair->second)));
    if (counts.find(name)) return fail(fmt::format("{} is given twice in \"{}\"", name, text.substr(0, 200)));
    counts.set(name, count);
  }
  return counts;
}

std::string tres_count_text(std::string_view name, std::uint64_t count) {
  return counts_memory(name) ? scaled_text(count, 'M') : std::to_string(count);
}

std::string tres_text(const TresCounts& counts) {
  std::string text;
  for (const auto& entry : counts.entries())
    text += fmt::format("{}{}={}", text.empty() ? "" : ",", entry.name, tres_count_text(entry.name, entry.count));
  return text;
}

}  // namespace slurmxx
