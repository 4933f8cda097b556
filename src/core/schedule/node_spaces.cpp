// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/node_spaces.h"

#include <algorithm>

#include "core/schedule/demand.h"

namespace slurmxx {
namespace {

void note_users(const ClusterView& view, const Job& job, std::vector<NodeSpace>& spaces) {
  if (!job.allocation) return;
  const bool exclusively = keeps_to_user(view, job);
  for (const NodeShare& share : job.allocation->shares)
    spaces.at(share.node.value).note_user(job.spec->owner.uid, exclusively);
}

bool holds(const Job& job, NodeIndex node) {
  return job.runs() || std::find(job.unfinished.begin(), job.unfinished.end(), node) != job.unfinished.end();
}

void note_units(const ClusterView& view, const Job& job, std::vector<NodeSpace>& spaces) {
  if (!job.allocation || job.without_cpus()) return;
  const ShareTerms terms = share_terms(view, *job.allocation);
  for (const NodeShare& share : job.allocation->shares) {
    NodeSpace& space = spaces.at(share.node.value);
    if (!space.room().lent.empty() && holds(job, share.node)) space.note_units(share, terms);
  }
}

// Nodes of partitions whose jobs may share cores.
void lend(const ClusterView& view, std::vector<NodeSpace>& spaces) {
  std::vector<NodeIndex> lent;
  for (const PlanPartition& partition : view.partitions)
    if (partition.jobs_per_core > 1) lent.insert(lent.end(), partition.nodes.begin(), partition.nodes.end());
  if (lent.empty()) return;
  std::sort(lent.begin(), lent.end());
  lent.erase(std::unique(lent.begin(), lent.end()), lent.end());
  for (const NodeIndex node : lent) spaces.at(node.value).lend(view.system_of(node));
  for (const Job* job : view.running) note_units(view, *job, spaces);
  for (const NodeIndex node : lent) spaces[node.value].close_rest();
}

}  // namespace

bool keeps_to_user(const ClusterView& view, const Job& job) {
  if (is_for_one_user(*job.spec)) return true;
  const PlanPartition* partition = view.find_partition(job.allocation->partition);
  return partition && partition->one_user;
}

bool has_exclusive_users(const ClusterView& view) {
  const auto insists = [](const Job& job) { return is_for_one_user(*job.spec); };
  const auto& partitions = view.partitions;
  return std::any_of(partitions.begin(), partitions.end(), [](const auto& partition) { return partition.one_user; }) ||
         std::any_of(view.running.begin(), view.running.end(), [&](const Job* job) { return insists(*job); }) ||
         std::any_of(view.pending.begin(), view.pending.end(),
                     [&](const auto& pending) { return insists(*pending.job); });
}

std::uint32_t share_group(const ClusterView& view, std::string_view partition) {
  for (std::uint32_t i = 0; i < view.partitions.size(); ++i)
    if (view.partitions[i].name == partition) return i + 1;
  return 0;
}

ShareTerms share_terms(const ClusterView& view, const Allocation& allocation) {
  if (allocation.jobs_per_core <= 1) return {};
  return {share_group(view, allocation.partition), allocation.jobs_per_core};
}

std::vector<NodeSpace> spaces_of(const ClusterView& view, CpuUnit unit) {
  std::vector<NodeSpace> spaces;
  spaces.reserve(view.nodes.size());
  for (std::size_t i = 0; i < view.nodes.size(); ++i)
    spaces.emplace_back(NodeIndex(static_cast<std::uint32_t>(i)), *view.nodes[i], unit,
                        view.system_of(NodeIndex(static_cast<std::uint32_t>(i))));
  for (const Job* job : view.running) note_users(view, *job, spaces);
  lend(view, spaces);
  return spaces;
}

}  // namespace slurmxx
