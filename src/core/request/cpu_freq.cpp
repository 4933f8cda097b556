// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/request/cpu_freq.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/text/words.h"

namespace slurmxx {
namespace {

// As they are shown; those are taken in any case.
constexpr std::string_view governors[] = {"Conservative", "OnDemand",  "Performance",
                                          "PowerSave",    "UserSpace", "SchedUtil"};
constexpr std::string_view levels[] = {"Low", "Medium", "High", "Highm1"};

template <class Words>
bool is_one_of(const Words& words, std::string_view text) {
  return std::ranges::any_of(words, [&](std::string_view word) { return equal_ignoring_case(word, text); });
}

std::string_view without_unit(std::string_view text) {
  if (text.ends_with('k') || text.ends_with('K')) text.remove_suffix(1);
  return text;
}

// "High" of "HIGH"; of a number itself.
template <class Words>
std::string_view shown(const Words& words, std::string_view text) {
  const auto same = [&](std::string_view word) { return equal_ignoring_case(word, text); };
  const auto found = std::ranges::find_if(words, same);
  return found == std::end(words) ? without_unit(text) : *found;
}

// KHz; nothing: a level by name.
Result<std::optional<std::uint64_t>> frequency(std::string_view text) {
  if (is_one_of(levels, text)) return std::optional<std::uint64_t>();
  const auto number = parse_natural(without_unit(text), {0, UINT32_MAX});
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

std::string cpu_freq_text(std::string_view text) {
  const auto governor = [](std::string_view word) { return fmt::format("Governor={}", shown(governors, word)); };
  if (is_one_of(governors, text)) return governor(text);
  const auto sides = split_once(text, ':');
  const std::string_view range = sides ? sides->first : text;
  const auto both = split_once(range, '-');
  // Behind each frequency stands a space, even where nothing follows.
  std::string line = both ? fmt::format("CPU_min_freq={} ", shown(levels, both->first)) : "";
  line += fmt::format("CPU_max_freq={} ", shown(levels, both ? both->second : range));
  return sides ? line + governor(sides->second) : line;
}

}  // namespace slurmxx
