// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Small things every parser needs: splitting, trimming, comparing without case, whole numbers with bounds,
// and the word somebody probably meant. ASCII only: what slurm.conf and the command line are made of.
// Functions that return string_view point into their argument; nothing here allocates more than its result.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace slurmxx {

bool is_space(char c);
bool is_digit(char c);
bool is_letter(char c);
bool all_digits(std::string_view text);  // false for an empty text

std::string_view trim(std::string_view text);
std::string lower(std::string_view text);
std::string upper(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);
bool starts_with_ignoring_case(std::string_view text, std::string_view prefix);
// Whether "acc" may stand for "accounts": it begins like it, and is long enough.
bool means(std::string_view word, std::string_view name, std::size_t shortest);
bool contains_ignoring_case(std::string_view text, std::string_view part);

// Every piece between separators, untrimmed, empty ones too: split("a,,b", ',') is {a, "", b}; split("", ',') is {""}.
std::vector<std::string_view> split(std::string_view text, char separator);

// The pieces of a comma list, trimmed, without empty ones: " a, b,,c " is {a, b, c}. Commas within [], () and {} do not
// split.
std::vector<std::string_view> split_commas(std::string_view text);

// A comma list, and behind it the words of another that it lacks.
std::string commas_with(std::string_view list, std::string_view more);

// Words between white space. '...' and "..." hold white space together and vanish, \ takes the next character as it
// is (not within '...'). Error: a quote without its end.
Result<std::vector<std::string>> split_words(std::string_view text);

// As split_words, between any of `separators` (empty pieces are dropped).
Result<std::vector<std::string>> split_quoted(std::string_view text, std::string_view separators);

// "name=value" -> {name, value}; no '=': nothing. The value may hold further '='.
std::optional<std::pair<std::string_view, std::string_view>> split_once(std::string_view text, char separator);

std::string join(std::span<const std::string> pieces, std::string_view separator);
std::string join(std::span<const std::string_view> pieces, std::string_view separator);

// Number of single insertions, deletions, replacements and swaps of neighbours that turn a into b, ignoring case.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The candidate nearest to `word`, if near enough to be a slip of the fingers (a third of its length, at most 3; at
// least 1). The first one wins a tie.
std::optional<std::string_view> nearest_word(std::string_view word, std::span<const std::string_view> candidates);

// "; did you mean --nodes?" or nothing: made to be appended to an error line.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);

template <class Int>
struct Bounds {
  Int min{};
  Int max{};
};

// Digits only (no sign, no white space, no suffix), within bounds, both ends included.
Result<std::uint64_t> parse_natural(std::string_view text,
                                    Bounds<std::uint64_t> bounds = {0, std::numeric_limits<std::uint64_t>::max()});

// As parse_natural, with an optional sign.
Result<std::int64_t> parse_integer(std::string_view text,
                                   Bounds<std::int64_t> bounds = {std::numeric_limits<std::int64_t>::min(),
                                                                  std::numeric_limits<std::int64_t>::max()});

// YES/NO, TRUE/FALSE, ON/OFF, 1/0 as slurm.conf takes them, any case.
std::optional<bool> parse_yes_no(std::string_view text);

}  // namespace slurmxx
