// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What a job asks for, with every default filled in.
#include <algorithm>
#include <limits>

#include "core/place/place.h"

namespace slurmxx {
namespace {

constexpr std::uint32_t no_limit = std::numeric_limits<std::uint32_t>::max();

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

// What one node does not have is looked for on several.
void widen_for_gres(Demand& d) {
  for (const GresRequest& kind : d.gres.per_job)
    d.nodes_max = std::max(d.nodes_max, static_cast<std::uint32_t>(std::min<std::uint64_t>(kind.count, no_limit)));
}

Arrangement arrangement_of(const JobSpec& spec, const Demand& d) {
  const PlacementRequest& p = spec.placement;
  const ResourceRequest& r = spec.resources;
  Arrangement how;
  how.contiguous = p.contiguous;
  how.spread = p.spread;
  how.switches_max = p.switches;
  how.segment = p.segment;
  how.spread_segments = p.spread_segments;
  // Gpus for the whole job say how many of the nodes it takes.
  const bool fewest = p.use_min_nodes || !d.gres.per_job.empty();
  const bool range = r.nodes_set && r.nodes_max && *r.nodes_max > d.nodes_min && !fewest;
  if (range || p.spread) how.nodes_wanted = r.nodes_max.value_or(no_limit);
  if (r.tasks_set || (p.spread && !r.nodes_max)) how.nodes_wanted = std::min(how.nodes_wanted, d.tasks);
  return how;
}

// How many nodes and tasks, and how many tasks on a node.
void count_tasks(const ResourceRequest& r, Demand& d) {
  d.nodes_min = std::max(1u, r.nodes_min);
  d.nodes_max = r.nodes_max.value_or(no_limit);
  const std::uint32_t per_node = std::max(1u, r.tasks_per_node.value_or(no_limit));
  if (r.tasks_set) {
    d.tasks = std::max(1u, r.tasks);
    if (r.tasks_per_node) d.nodes_min = std::max(d.nodes_min, static_cast<std::uint32_t>(ceil_div(d.tasks, per_node)));
    if (!r.nodes_max) d.nodes_max = std::max(d.nodes_min, d.tasks);
  } else {
    d.even_tasks = r.tasks_per_node.has_value();
    const auto even = std::min<std::uint64_t>(std::uint64_t{d.nodes_min} * per_node, no_limit);
    d.tasks = d.even_tasks ? static_cast<std::uint32_t>(even) : std::max(d.nodes_min, r.tasks);
    if (!r.nodes_max) d.nodes_max = d.nodes_min;
  }
  d.tasks_per_node_max = std::min(per_node, d.tasks);
}

}  // namespace

bool is_for_one_label(const JobSpec& spec, LabelRule rule) {
  if (spec.labels.mcs_label.empty() || rule == LabelRule::never) return false;
  return rule == LabelRule::always || spec.placement.sharing == Sharing::exclusive_mcs;
}

Demand demand_of(const JobSpec& spec, const MemoryDefaults& defaults, bool whole_nodes) {
  const ResourceRequest& r = spec.resources;
  Demand d;
  d.cpus_per_task = std::max(1u, r.cpus_per_task);
  count_tasks(r, d);
  d.overcommit = r.overcommit;
  d.cpus_per_node_min = std::max(1u, r.cpus_per_node_min.value_or(1));
  d.threads_used_per_core = r.threads_per_core.value_or(0);
  d.tasks_per_core_max = r.tasks_per_core.value_or(0);
  d.memory_per_node = r.memory_per_node;
  d.memory_per_cpu = r.memory_per_node ? std::nullopt : r.memory_per_cpu;
  if (!d.memory_per_node && !d.memory_per_cpu) {
    d.memory_per_cpu = defaults.per_cpu;
    if (!d.memory_per_cpu) d.memory_per_node = defaults.per_node;
  }
  // Without a default a job takes the memory of its nodes only where memory is given out at all.
  if (!d.memory_per_cpu && !d.memory_per_node) d.memory_per_node = MebiBytes(0);
  d.consume_memory = defaults.consumable;
  d.terms.special = {spec.placement.core_spec, spec.placement.thread_spec};
  d.whole_nodes = whole_nodes || spec.placement.sharing == Sharing::exclusive || d.terms.special.asked();
  d.owner = {spec.owner.uid, spec.placement.sharing == Sharing::exclusive_user,
             is_for_one_label(spec, LabelRule::on_request)};
  d.choice = core_choice_of(spec.placement.distribution, d.cpus_per_task);
  d.choice.tasks_per_socket = r.tasks_per_socket.value_or(0);
  d.gres = gres_demand_of(r, defaults.gpu, defaults.gres);
  if (!d.even_tasks && d.gres.per_job.empty())
    d.tasks_per_node_max = std::min(d.tasks_per_node_max, std::max(1u, tasks_on_gpus(d.gres, {})));
  d.arrangement = arrangement_of(spec, d);
  if (d.gres.tasks_per_node > 0) d.tasks_per_node_max = std::min(d.tasks_per_node_max, d.gres.tasks_per_node);
  if (!r.nodes_max && !r.tasks_set) widen_for_gres(d);
  return d;
}

}  // namespace slurmxx
