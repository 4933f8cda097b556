// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/launch/reserved_ports.h"

#include <set>

#include <fmt/format.h>

#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr std::uint64_t port_max = 65'535;

std::optional<PortRange> range_of(std::string_view text) {
  const auto sides = split_once(text, '-');
  const auto first = parse_natural(sides ? sides->first : text, {1, port_max});
  const auto last = parse_natural(sides ? sides->second : text, {1, port_max});
  if (!first || !last || *last < *first) return std::nullopt;
  return PortRange{static_cast<std::uint32_t>(*first), static_cast<std::uint32_t>(*last)};
}

}  // namespace

std::optional<PortRange> ports_of_mpi(std::string_view mpi_params) {
  for (const std::string_view word : split_commas(mpi_params))
    if (const auto pair = split_once(word, '='); pair && equal_ignoring_case(pair->first, "ports"))
      return range_of(pair->second);
  return std::nullopt;
}

std::optional<std::string> choose_ports(const PortRange& range, std::span<const std::string> taken,
                                        std::uint32_t count) {
  std::set<std::uint32_t> used;
  for (const std::string& text : taken)
    for (const std::string_view piece : split_commas(text))
      if (const auto one = range_of(piece))
        for (std::uint32_t port = one->first; port <= one->last; ++port) used.insert(port);
  std::string chosen;
  PortRange run;
  const auto close = [&] {
    if (run.first == 0) return;
    chosen += chosen.empty() ? "" : ",";
    chosen += run.first == run.last ? std::to_string(run.first) : fmt::format("{}-{}", run.first, run.last);
  };
  for (std::uint32_t port = range.first; port <= range.last && count > 0; ++port) {
    if (used.contains(port)) continue;
    --count;
    if (run.first != 0 && port == run.last + 1) {
      run.last = port;
      continue;
    }
    close();
    run = {port, port};
  }
  close();
  return count == 0 ? std::optional(chosen) : std::nullopt;
}

}  // namespace slurmxx
