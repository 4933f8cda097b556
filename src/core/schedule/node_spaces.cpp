// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/node_spaces.h"

#include <algorithm>
#include <map>

#include "core/place/device_binding.h"
#include "core/schedule/demand.h"

namespace slurmxx {
namespace {

void note_owners(const ViewOwners& owners, const Job& job, std::vector<NodeSpace>& spaces) {
  if (!job.allocation) return;
  const RoomOwner owner = owners.of(job);
  for (const NodeShare& share : job.allocation->shares) spaces.at(share.node.value).note_owner(owner);
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

bool asks_binding(const ResourceRequest& asked) {
  return !asked.gres.per_socket.empty() || asked.gres.flags.find("enforce-binding") != std::string::npos;
}

// Nodes whose units are counted one by one, where jobs insist on cores near to their devices.
std::vector<NodeIndex> split_devices(const ClusterView& view, const Policies& policies,
                                     std::vector<NodeSpace>& spaces) {
  std::vector<NodeIndex> split;
  for (const NodeSpace& space : spaces)
    if (have_cores(space.node().gres)) split.push_back(space.index());
  const auto binds = [](const PendingJob& pending) { return asks_binding(pending.job->spec->resources); };
  if (split.empty() || (!policies.gres.enforce_binding && std::ranges::none_of(view.pending, binds))) return {};
  for (const NodeIndex node : split) spaces[node.value].split_devices();
  return split;
}

// Nodes of partitions whose jobs may share cores or that count sockets, too.
void lend(const ClusterView& view, const Policies& policies, std::vector<NodeSpace>& spaces) {
  std::vector<NodeIndex> lent = split_devices(view, policies, spaces);
  for (const PlanPartition& partition : view.partitions)
    if (partition.jobs_per_core > 1 || partition.caps.by_socket())
      lent.insert(lent.end(), partition.nodes.begin(), partition.nodes.end());
  if (lent.empty()) return;
  std::sort(lent.begin(), lent.end());
  lent.erase(std::unique(lent.begin(), lent.end()), lent.end());
  for (const NodeIndex node : lent) spaces.at(node.value).lend(view.system_of(node));
  for (const Job* job : view.running) note_units(view, *job, spaces);
  for (const NodeIndex node : lent) spaces[node.value].close_rest();
}

void note_caps(const ClusterView& view, const Job& job, std::vector<NodeSpace>& spaces) {
  if (!job.allocation || job.without_cpus()) return;
  const std::uint32_t cap = cap_of(view, job.allocation->partition);
  if (cap == 0) return;
  for (const NodeShare& share : job.allocation->shares)
    if (holds(job, share.node)) spaces.at(share.node.value).note_cap(share, cap);
}

// MaxCPUsPerNode.
void cap(const ClusterView& view, std::vector<NodeSpace>& spaces) {
  std::map<NodeIndex, std::vector<std::uint32_t>> caps;
  std::size_t count = 0;
  for (const PlanPartition& partition : view.partitions) {
    if (!partition.caps.count_cpus()) continue;
    ++count;
    for (const NodeIndex node : partition.nodes) {
      caps[node].resize(count, UINT32_MAX);
      caps[node].back() = cpus_capped(partition, spaces.at(node.value).room());
    }
  }
  for (const auto& [node, of_node] : caps) spaces[node.value].limit(of_node);
  if (count > 0)
    for (const Job* job : view.running) note_caps(view, *job, spaces);
}

}  // namespace

std::uint32_t share_group(const ClusterView& view, std::string_view partition) {
  for (std::uint32_t i = 0; i < view.partitions.size(); ++i)
    if (view.partitions[i].name == partition) return i + 1;
  return 0;
}

ShareTerms share_terms(const ClusterView& view, const Allocation& allocation) {
  const PlanPartition* partition = view.find_partition(allocation.partition);
  if (allocation.jobs_per_core <= 1 && !(partition && partition->caps.by_socket())) return {};
  return {share_group(view, allocation.partition), allocation.jobs_per_core};
}

std::uint32_t cpus_capped(const PlanPartition& partition, const NodeRoom& room) {
  const std::uint64_t of_sockets = std::uint64_t{partition.caps.cpus_per_socket.value_or(UINT32_MAX)} * room.sockets;
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(partition.caps.cpus_per_node.value_or(UINT32_MAX), of_sockets));
}

std::uint32_t cap_of(const ClusterView& view, std::string_view partition) {
  std::uint32_t number = 0;
  for (const PlanPartition& one : view.partitions) {
    if (one.caps.count_cpus()) ++number;
    if (one.name == partition) return one.caps.count_cpus() ? number : 0;
  }
  return 0;
}

std::vector<NodeSpace> spaces_of(const ClusterView& view, const Policies& policies, const ViewOwners& owners) {
  std::vector<NodeSpace> spaces;
  spaces.reserve(view.nodes.size());
  for (std::size_t i = 0; i < view.nodes.size(); ++i)
    spaces.emplace_back(NodeIndex(static_cast<std::uint32_t>(i)), *view.nodes[i], policies.unit,
                        view.system_of(NodeIndex(static_cast<std::uint32_t>(i))));
  for (const Job* job : view.running) note_owners(owners, *job, spaces);
  lend(view, policies, spaces);
  cap(view, spaces);
  return spaces;
}

}  // namespace slurmxx
