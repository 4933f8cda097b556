// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/text/words.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

namespace slurmxx {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

// A long word in an error line helps nobody.
std::string quoted(std::string_view text) {
  constexpr std::size_t shown = 60;
  return text.size() <= shown ? fmt::format("\"{}\"", text) : fmt::format("\"{}...\"", text.substr(0, shown));
}

template <class Int>
Result<Int> parse_number(std::string_view digits, Bounds<Int> bounds, std::string_view shown) {
  Int value{};
  auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  bool whole = problem == std::errc{} && end == digits.data() + digits.size();
  if (whole && value >= bounds.min && value <= bounds.max) return value;
  bool bounded = bounds.min != std::numeric_limits<Int>::min() || bounds.max != std::numeric_limits<Int>::max();
  if (!bounded) return fail(fmt::format("{} is not a whole number", quoted(shown)));
  return fail(fmt::format("{} is not a whole number from {} to {}", quoted(shown), bounds.min, bounds.max));
}

template <class Piece>
std::string join_pieces(std::span<const Piece> pieces, std::string_view separator) {
  std::string text;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (i > 0) text += separator;
    text += pieces[i];
  }
  return text;
}

}  // namespace

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool all_digits(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_digit); }

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = lower(c);
  return result;
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = upper(c);
  return result;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

bool means(std::string_view word, std::string_view name, std::size_t shortest) {
  return word.size() >= shortest && starts_with_ignoring_case(name, word);
}

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}

bool contains_ignoring_case(std::string_view text, std::string_view part) {
  auto same = [](char x, char y) { return lower(x) == lower(y); };
  return part.empty() || !std::ranges::search(text, part, same).empty();
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  for (;;) {
    auto at = text.find(separator);
    pieces.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return pieces;
    text.remove_prefix(at + 1);
  }
}

std::vector<std::string_view> split_commas(std::string_view text) {
  std::vector<std::string_view> pieces;
  int depth = 0;
  std::size_t start = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    char c = i < text.size() ? text[i] : ',';
    if (c == '[' || c == '(' || c == '{') ++depth;
    if ((c == ']' || c == ')' || c == '}') && depth > 0) --depth;
    if (i < text.size() && (c != ',' || depth > 0)) continue;
    if (auto piece = trim(text.substr(start, i - start)); !piece.empty()) pieces.push_back(piece);
    start = i + 1;
  }
  return pieces;
}

std::string commas_with(std::string_view list, std::string_view more) {
  std::vector<std::string_view> words = split_commas(list);
  for (const std::string_view word : split_commas(more))
    if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
  return join(words, ",");
}

Result<std::vector<std::string>> split_words(std::string_view text) { return split_quoted(text, " \t\n\v\f\r"); }

Result<std::vector<std::string>> split_quoted(std::string_view text, std::string_view separators) {
  std::vector<std::string> pieces;
  std::string piece;
  bool started = false;  // "" is a piece too
  char quote = 0;
  std::size_t quote_at = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (quote != 0 && c == quote) {
      quote = 0;
    } else if (c == '\\' && quote != '\'' && i + 1 < text.size()) {
      piece += text[++i];
      started = true;
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
      quote_at = i;
      started = true;
    } else if (quote == 0 && separators.find(c) != std::string_view::npos) {
      if (started) pieces.push_back(std::move(piece));
      piece.clear();
      started = false;
    } else {
      piece += c;
      started = true;
    }
  }
  if (quote != 0)
    return fail(fmt::format("quote {} at position {} is never closed in {}", quote, quote_at, quoted(text)));
  if (started) pieces.push_back(std::move(piece));
  return pieces;
}

std::optional<std::pair<std::string_view, std::string_view>> split_once(std::string_view text, char separator) {
  auto at = text.find(separator);
  if (at == std::string_view::npos) return std::nullopt;
  return std::pair{text.substr(0, at), text.substr(at + 1)};
}

std::string join(std::span<const std::string> pieces, std::string_view separator) {
  return join_pieces(pieces, separator);
}
std::string join(std::span<const std::string_view> pieces, std::string_view separator) {
  return join_pieces(pieces, separator);
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1)});
      bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

std::optional<std::string_view> nearest_word(std::string_view word, std::span<const std::string_view> candidates) {
  constexpr std::size_t longest_word = 100;  // bounds the work on hostile input
  if (word.empty() || word.size() > longest_word) return std::nullopt;
  std::size_t best = std::clamp<std::size_t>(word.size() / 3, 1, 3) + 1;
  std::optional<std::string_view> nearest;
  for (auto candidate : candidates) {
    if (candidate.size() > word.size() + best || word.size() > candidate.size() + best) continue;
    auto distance = edit_distance(word, candidate);
    if (distance >= best) continue;
    best = distance;
    nearest = candidate;
  }
  return nearest;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates) {
  auto nearest = nearest_word(word, candidates);
  return nearest ? fmt::format("; did you mean {}?", *nearest) : std::string();
}

Result<std::uint64_t> parse_natural(std::string_view text, Bounds<std::uint64_t> bounds) {
  return parse_number<std::uint64_t>(text, bounds, text);
}

Result<std::int64_t> parse_integer(std::string_view text, Bounds<std::int64_t> bounds) {
  bool plus = text.size() > 1 && text[0] == '+' && is_digit(text[1]);
  return parse_number<std::int64_t>(plus ? text.substr(1) : text, bounds, text);
}

std::optional<bool> parse_yes_no(std::string_view text) {
  struct Row {
    std::string_view word;
    bool value;
  };
  static constexpr std::array rows{Row{"yes", true}, Row{"no", false},  Row{"true", true}, Row{"false", false},
                                   Row{"on", true},  Row{"off", false}, Row{"1", true},    Row{"0", false},
                                   Row{"y", true},   Row{"n", false}};
  for (const auto& row : rows)
    if (equal_ignoring_case(text, row.word)) return row.value;
  return std::nullopt;
}

}  // namespace slurmxx
