// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pmi/process_mapping.h"

#include <fmt/format.h>

namespace slurmxx {
namespace {

struct Block {
  std::uint32_t first = 0;
  std::uint32_t nodes = 1;
  std::uint32_t ranks = 1;  // of each node
};

}  // namespace

std::string process_mapping(std::span<const std::uint32_t> node_of_rank) {
  std::vector<Block> blocks;
  for (std::size_t at = 0; at < node_of_rank.size();) {
    Block next{node_of_rank[at], 1, 0};
    for (; at < node_of_rank.size() && node_of_rank[at] == next.first; ++at) ++next.ranks;
    const bool goes_on =
        !blocks.empty() && blocks.back().ranks == next.ranks && blocks.back().first + blocks.back().nodes == next.first;
    if (goes_on)
      ++blocks.back().nodes;
    else
      blocks.push_back(next);
  }
  std::string text = "(vector";
  for (const Block& block : blocks) text += fmt::format(",({},{},{})", block.first, block.nodes, block.ranks);
  return text + ")";
}

std::vector<std::uint32_t> node_of_rank(std::span<const std::uint32_t> task_count,
                                        std::span<const std::uint32_t> task_ids) {
  std::vector<std::uint32_t> nodes(task_ids.size(), 0);
  std::size_t at = 0;
  for (std::size_t node = 0; node < task_count.size(); ++node)
    for (std::uint32_t i = 0; i < task_count[node]; ++i, ++at) {
      if (at >= task_ids.size() || task_ids[at] >= nodes.size()) return {};
      nodes[task_ids[at]] = static_cast<std::uint32_t>(node);
    }
  if (at != task_ids.size()) return {};
  return nodes;
}

}  // namespace slurmxx
