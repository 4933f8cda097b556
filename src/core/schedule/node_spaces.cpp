// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/node_spaces.h"

namespace slurmxx {
namespace {

void note_users(const Job& job, std::vector<NodeSpace>& spaces) {
  if (!job.allocation) return;
  const bool exclusively = job.spec->placement.sharing == Sharing::exclusive_user;
  for (const NodeShare& share : job.allocation->shares)
    spaces.at(share.node.value).note_user(job.spec->owner.uid, exclusively);
}

}  // namespace

std::vector<NodeSpace> spaces_of(const ClusterView& view, CpuUnit unit) {
  std::vector<NodeSpace> spaces;
  spaces.reserve(view.nodes.size());
  for (std::size_t i = 0; i < view.nodes.size(); ++i)
    spaces.emplace_back(NodeIndex(static_cast<std::uint32_t>(i)), *view.nodes[i], unit,
                        view.system_of(NodeIndex(static_cast<std::uint32_t>(i))));
  for (const Job* job : view.running) note_users(*job, spaces);
  return spaces;
}

}  // namespace slurmxx
