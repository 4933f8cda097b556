// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/request/cpu_freq.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr std::string_view governors[] = {"conservative", "ondemand",  "performance",
                                          "powersave",    "userspace", "schedutil"};
constexpr std::string_view levels[] = {"low", "medium", "high", "highm1"};

template <class Words>
bool is_one_of(const Words& words, std::string_view text) {
  return std::ranges::any_of(words, [&](std::string_view word) { return equal_ignoring_case(word, text); });
}

// KHz; nothing: a level by name.
Result<std::optional<std::uint64_t>> frequency(std::string_view text) {
  if (is_one_of(levels, text)) return std::optional<std::uint64_t>();
  std::string_view digits = text;
  if (digits.ends_with('k') || digits.ends_with('K')) digits.remove_suffix(1);
  const auto number = parse_natural(digits, {0, UINT32_MAX});
  if (!number) return fail(fmt::format("unrecognized --cpu-freq argument \"{}\"", text));
  return std::optional(*number);
}

}  // namespace

Status check_cpu_freq(std::string_view text) {
  if (is_one_of(governors, text)) return {};
  const auto sides = split_once(text, ':');
  const std::string_view range = sides ? sides->first : text;
  const auto both = split_once(range, '-');
  TRY_ASSIGN(const auto least, frequency(both ? both->first : range));
  if (sides && !both) return fail(fmt::format("gov on cpu-freq ({}) illegal without max", sides->second));
  if (!both) return {};
  TRY_ASSIGN(const auto most, frequency(both->second));
  if (least && most && *most < *least)
    return fail(fmt::format("min cpu-freq ({}) must be < max cpu-freq ({})", both->first, both->second));
  if (sides && !is_one_of(governors, sides->second))
    return fail(fmt::format("illegal governor: {} on --cpu-freq", sides->second));
  return {};
}

Status check_governor(std::string_view text, std::string_view allowed) {
  const auto sides = split_once(text, ':');
  const std::string_view governor = sides ? sides->second : text;
  if (!is_one_of(governors, governor) || is_one_of(split_commas(allowed), governor)) return {};
  return fail(fmt::format("governor of {} is not allowed in slurm.conf: CpuFreqGovernors={}", governor, allowed));
}

}  // namespace slurmxx
