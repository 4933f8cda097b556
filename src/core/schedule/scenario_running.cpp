// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Jobs of a drawing that run already: what they hold of their nodes.
#include <algorithm>

#include "core/hostlist/hostlist.h"
#include "core/model/gres_use.h"
#include "core/place/gres_choice.h"
#include "core/schedule/demand.h"
#include "core/schedule/scenario.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

std::uint32_t number(std::string_view text) {
  const auto parsed = parse_natural(text, {0, 1000000000});
  return parsed ? static_cast<std::uint32_t>(*parsed) : 0;
}

MebiBytes size(std::string_view text) { return MebiBytes(number(text)); }

}  // namespace

// "n1:4,n2:2:500": that many CPUs of each node, the first that are free, with 500 MiB, and the GRES of each.
Result<Allocation> Scenario::occupy(std::string_view text, const JobSpec& spec) {
  const PlacementRequest& placement = spec.placement;
  const GresDemand gres = gres_demand_of(spec.resources, {});
  Allocation allocation{placement.partitions.at(0), {}, placement.sharing == Sharing::exclusive};
  for (const PlanPartition& partition : partitions_)
    if (partition.name == allocation.partition) allocation.jobs_per_core = jobs_per_core(spec, partition);
  for (const std::string_view part : split_commas(text)) {
    const auto pair = split_once(part, ':');
    if (!pair) return fail("scenario: runs=NODE:CPUS,...");
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i]->name != pair->first) continue;
      const auto amounts = split_once(pair->second, ':').value_or(std::pair{pair->second, std::string_view("0")});
      NodeShare share{NodeIndex(i), number(amounts.first), size(amounts.second), {}, {}};
      NodeUse& use = nodes_[i]->use;
      GresSlots free = gres_slots(nodes_[i]->gres);
      take_slots(free, slots_of(nodes_[i]->gres, use.gres));
      if (!gres_cover(nodes_[i]->gres, free, gres.per_node)) return fail("scenario: there are not so many GRES");
      share.gres = choose_gres({nodes_[i]->gres, use.gres}, slots_for(nodes_[i]->gres, free, gres.per_node), gres,
                               [](std::uint32_t) { return true; });
      add_gres(use.gres, share.gres);
      for (std::uint32_t cpu = 0; cpu < use.cpu_taken.size() && share.cpu_ids.size() < share.cpus; ++cpu)
        if (!use.cpu_taken[cpu]) share.cpu_ids.push_back(cpu);
      for (std::uint32_t cpu = 0; allocation.jobs_per_core > 1 && share.cpu_ids.size() < share.cpus; ++cpu)
        if (use.cpu_taken[cpu]) share.cpu_ids.push_back(cpu);
      std::sort(share.cpu_ids.begin(), share.cpu_ids.end());
      for (const std::uint32_t cpu : share.cpu_ids) use.cpu_taken[cpu] = true;
      use.cpus += share.cpus;
      use.memory += share.memory;
      ++use.jobs;
      allocation.shares.push_back(std::move(share));
    }
  }
  return allocation;
}

// As if its job had been suspended.
void Scenario::release_cpus(Allocation& allocation) {
  allocation.without_cpus = true;
  for (const NodeShare& share : allocation.shares) {
    NodeUse& use = nodes_[share.node.value]->use;
    --use.jobs, ++use.suspended_jobs;
    for (const std::uint32_t cpu : share.cpu_ids) use.cpu_taken[cpu] = false;
    use.cpus -= share.cpus;
  }
}

// As if it was over.
void Scenario::clear_nodes(Job& job) {
  for (const NodeShare& share : job.allocation->shares) {
    NodeUse& use = nodes_[share.node.value]->use;
    --(job.state == JobState::suspended ? use.suspended_jobs : use.jobs);
    ++use.completing_jobs;
  }
  job.state = JobState::completed;
}

// Of nodes=n[1-4].
Result<std::vector<NodeIndex>> Scenario::nodes_of(const Words& words) const {
  std::vector<NodeIndex> nodes;
  for (const std::string& word : words) {
    const auto pair = split_once(word, '=');
    if (!pair || pair->first != "nodes") continue;
    TRY_ASSIGN(const HostNames names, expand_hostlist(pair->second));
    for (std::uint32_t i = 0; i < nodes_.size(); ++i)
      for (const std::string& name : names)
        if (nodes_[i]->name == name) nodes.push_back(NodeIndex(i));
  }
  return nodes;
}

std::vector<std::uint32_t> Scenario::indices_of(std::string_view text) {
  std::vector<std::uint32_t> list;
  if (const auto indices = parse_indices(text, UINT32_MAX))
    indices->for_each([&](std::uint32_t one) {
      list.push_back(one);
      return true;
    });
  return list;
}

}  // namespace slurmxx
