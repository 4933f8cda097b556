// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/text/size_text.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr std::string_view units = " KMGTP";  // each 1024 times the one before

// 0 for none; nothing for a letter that is no unit.
std::optional<std::size_t> power_of(std::string_view suffix) {
  if (suffix.empty()) return 0;
  auto at = units.find(upper(suffix));
  return suffix.size() == 1 && at != std::string_view::npos && at > 0 ? std::optional(at) : std::nullopt;
}

std::optional<std::uint64_t> times_1024(std::uint64_t number, std::size_t times) {
  for (; times > 0; --times) {
    if (number > std::numeric_limits<std::uint64_t>::max() / 1024) return std::nullopt;
    number *= 1024;
  }
  return number;
}

std::string_view leading_digits(std::string_view text) {
  auto end = std::ranges::find_if_not(text, is_digit);
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

Error not_a_size(std::string_view text) {
  return fail(
      fmt::format("\"{}\" is not a memory size: give digits and K, M, G or T, as in 500M or 16G", text.substr(0, 60)));
}

Error not_a_node_count(std::string_view text) {
  return fail(Errc::invalid_node_count, fmt::format("\"{}\" is not a valid node count", text.substr(0, 60)));
}

Result<std::uint32_t> one_node_count(std::string_view text) {
  auto count = parse_count(text);
  if (!count || *count > std::numeric_limits<std::int32_t>::max()) return not_a_node_count(text);
  return static_cast<std::uint32_t>(*count);
}

}  // namespace

Result<MebiBytes> parse_memory(std::string_view text) {
  constexpr std::uint64_t mebibytes_max = std::uint64_t{1} << 53;
  auto trimmed = trim(text);
  auto digits = leading_digits(trimmed);
  auto suffix = trimmed.substr(digits.size());
  if (suffix.size() == 2 && (suffix[1] == 'B' || suffix[1] == 'b')) suffix.remove_suffix(1);
  auto number = parse_natural(digits, {0, mebibytes_max});
  auto power = suffix.empty() ? 2 : power_of(suffix);
  if (!number || !power || *power > 4) return not_a_size(text);
  if (*power == 1) return MebiBytes(static_cast<std::int64_t>((*number + 1023) / 1024));
  auto memory = times_1024(*number, *power - 2);
  if (!memory || *memory > mebibytes_max) return not_a_size(text);
  return MebiBytes(static_cast<std::int64_t>(*memory));
}

std::string memory_text(MebiBytes memory) {
  return scaled_text(static_cast<std::uint64_t>(std::max<std::int64_t>(0, memory.value)), 'M');
}

std::string scaled_text(std::uint64_t number, char unit) {
  auto at = units.find(unit);
  if (number == 0 || at == std::string_view::npos) return std::to_string(number);
  // A half stays exact in two decimals and ends the climb, as no half is a whole number of the next unit's halves.
  bool half = false;
  while (!half && number >= 1024 && number % 512 == 0 && at + 1 < units.size()) {
    half = number % 1024 != 0;
    number /= 1024;
    ++at;
  }
  auto letter = at == 0 ? std::string_view() : units.substr(at, 1);
  return fmt::format("{}{}{}", number, half ? ".50" : "", letter);
}

Result<std::uint64_t> parse_count(std::string_view text) {
  auto digits = leading_digits(text);
  auto number = parse_natural(digits);
  auto power = power_of(text.substr(digits.size()));
  auto count = number && power ? times_1024(*number, *power) : std::nullopt;
  if (!count)
    return fail(fmt::format("\"{}\" is not a count: give digits, with K, M, G, T or P or without", text.substr(0, 60)));
  return *count;
}

Result<NodeCountRange> parse_node_count(std::string_view text) {
  auto both = split_once(text, '-');
  if (!both) {
    TRY_ASSIGN(auto count, one_node_count(text));
    return NodeCountRange{count, count};
  }
  NodeCountRange range;
  if (!both->first.empty()) {
    TRY_ASSIGN(range.min, one_node_count(both->first));
  }
  TRY_ASSIGN(range.max, one_node_count(both->second));
  if (range.max < range.min)
    return fail(Errc::invalid_node_count,
                fmt::format("Maximum node count {} is less than minimum node count {}", range.max, range.min));
  return range;
}

}  // namespace slurmxx
