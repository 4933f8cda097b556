// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/config/job_defaults.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/text/words.h"

namespace slurmxx {

Result<GpuDefaults> parse_job_defaults(std::string_view text) {
  GpuDefaults defaults;
  for (const std::string_view pair : split_commas(text)) {
    const auto sides = split_once(pair, '=');
    const auto number = parse_natural(sides ? sides->second : "", {0, UINT32_MAX - 1});
    const bool cpus = sides && equal_ignoring_case(sides->first, "DefCpuPerGPU");
    const bool memory = sides && equal_ignoring_case(sides->first, "DefMemPerGPU");
    if (!number || (!cpus && !memory))
      return fail(fmt::format("{}: a list of DefCpuPerGPU=NUMBER and DefMemPerGPU=MEGABYTES is wanted", pair));
    if (cpus) defaults.cpus = static_cast<std::uint32_t>(*number);
    if (memory) defaults.memory = MebiBytes(static_cast<std::int64_t>(*number));
  }
  return defaults;
}

std::optional<std::string> known_cpu_bind(std::string_view text) {
  constexpr std::string_view words[] = {"none", "board", "socket", "ldom", "core", "thread", "off"};
  const auto known = std::find_if(std::begin(words), std::end(words),
                                  [&](std::string_view word) { return equal_ignoring_case(word, text); });
  if (known == std::end(words)) return std::nullopt;
  return *known == "off" ? std::string() : std::string(*known);
}

void read_cpu_bind(RecordReader& reader, std::string& out) {
  const auto value = reader.find("CpuBind");
  if (!value) return;
  const auto known = value->empty() ? std::optional(std::string()) : known_cpu_bind(*value);
  if (!known) return reader.refuse("CpuBind", std::string(cpu_bind_words) + " is wanted");
  out = *known;
}

}  // namespace slurmxx
