// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/node_tres.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/text/size_text.h"
#include "core/text/words.h"

namespace slurmxx {

namespace {

// gpu:a100:2 counts as gres/gpu=2 and gres/gpu:a100=2; what follows a '(' names files or sockets.
void add_gres(TresCounts& counts, std::string_view gres) {
  for (std::string_view one : split_commas(gres)) {
    const auto parts = split(one.substr(0, one.find('(')), ':');
    std::uint64_t count = 1;
    std::size_t names = parts.size();
    if (parts.size() > 1) {
      if (auto number = parse_count(parts.back())) {
        count = *number;
        --names;
      }
    }
    counts.add(fmt::format("gres/{}", parts[0]), count);
    if (names > 1) counts.add(fmt::format("gres/{}:{}", parts[0], parts[1]), count);
  }
}

}  // namespace

TresCounts configured_tres(const NodeView& view) {
  const NodeShape& shape = view.node.declared;
  TresCounts counts;
  counts.add("cpu", shape.cpus);
  counts.add("mem", static_cast<std::uint64_t>(std::max<std::int64_t>(shape.memory.value, 0)));
  counts.add("billing", shape.cpus);
  add_gres(counts, view.gres);
  return counts;
}

std::string allocated_tres(const Node& node) {
  if (node.use.cpus == 0 && node.use.memory.value == 0) return {};
  TresCounts counts;
  counts.add("cpu", node.use.cpus);
  if (node.use.memory.value > 0) counts.add("mem", static_cast<std::uint64_t>(node.use.memory.value));
  return tres_text(counts);
}

}  // namespace slurmxx
