// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/node_tres.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/tres/gres_pools.h"

namespace slurmxx {

TresCounts configured_tres(const NodeView& view) {
  const NodeShape& shape = view.node.declared;
  TresCounts counts;
  counts.add("cpu", view.cpus_effective());
  counts.add("mem", static_cast<std::uint64_t>(std::max<std::int64_t>(shape.memory.value, 0)));
  counts.add("billing", view.cpus_effective());
  if (!view.node.gres.empty()) counts.add(only_tracked(gres_tres(std::span(view.node.gres)), view.tracked_gres));
  return counts;
}

std::string allocated_tres(const NodeView& view) {
  const Node& node = view.node;
  if (node.use.cpus == 0 && node.use.memory.value == 0) return {};
  TresCounts counts;
  counts.add("cpu", node.use.cpus);
  if (node.use.memory.value > 0) counts.add("mem", static_cast<std::uint64_t>(node.use.memory.value));
  if (!node.use.gres.empty()) counts.add(only_tracked(gres_tres(std::span(node.use.gres)), view.tracked_gres));
  return tres_text(counts);
}

}  // namespace slurmxx
