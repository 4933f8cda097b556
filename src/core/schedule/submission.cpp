// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The judgement of a request at submission: refuse what no node could ever give, accept what only a limit forbids.
#include <algorithm>
#include <functional>

#include "core/schedule/candidates.h"
#include "core/schedule/demand.h"
#include "core/schedule/plan.h"

namespace slurmxx {
namespace {

// One thing a single node must be able to give.
struct NodeRule {
  const char* refusal;  // empty: the code alone says it
  bool (*met)(const JobSpec& spec, const Demand& demand, const Node& node);
};

std::uint64_t cpus_on_one_node(const JobSpec& spec, const Demand& d) {
  const std::uint64_t tasks = d.overcommit ? 1 : std::max(1u, spec.resources.tasks_per_node.value_or(1));
  return std::max<std::uint64_t>(tasks * d.cpus_per_task, d.cpus_per_node_min);
}

constexpr NodeRule node_rules[] = {
    {"CPU count per node can not be satisfied",
     [](const JobSpec& spec, const Demand& d, const Node& n) { return cpus_on_one_node(spec, d) <= n.declared.cpus; }},
    {"Memory specification can not be satisfied",
     [](const JobSpec& spec, const Demand&, const Node& n) {
       return spec.resources.memory_per_node.value_or(MebiBytes(0)) <= n.declared.memory;
     }},
    {"Temporary disk specification can not be satisfied",
     [](const JobSpec& spec, const Demand&, const Node& n) {
       return spec.resources.tmp_disk_per_node <= n.declared.tmp_disk;
     }},
    {"",
     [](const JobSpec& spec, const Demand& d, const Node& n) {
       if (!d.memory_per_cpu || !d.consume_memory) return true;
       return *d.memory_per_cpu * static_cast<std::int64_t>(cpus_on_one_node(spec, d)) <= n.declared.memory;
     }},
};

bool any_node(const ClusterView& view, const PlanPartition& partition, const std::function<bool(const Node&)>& test) {
  return std::any_of(partition.nodes.begin(), partition.nodes.end(),
                     [&](NodeIndex i) { return test(*view.nodes[i.value]); });
}

// A feature that no node has is a slip of the pen and not a shortage.
Status check_features(const ClusterView& view, const std::string& expression) {
  bool somewhere = view.nodes.empty();
  for (const Node* node : view.nodes) {
    TRY_ASSIGN(const bool has, has_features(expression, node->features_active));
    somewhere = somewhere || has;
  }
  if (!somewhere) return fail(Errc::invalid_feature);
  return {};
}

struct Cluster {
  const ClusterView& view;
  const Policies& policies;
};

Status check_partition(const Cluster& cluster, const PlanPartition& partition, const JobSpec& spec) {
  const Demand demand = demand_in(spec, partition, cluster.policies);
  for (const NodeRule& rule : node_rules)
    if (!any_node(cluster.view, partition, [&](const Node& n) { return rule.met(spec, demand, n); }))
      return fail(Errc::node_config_unavailable, rule.refusal);
  TRY_ASSIGN(const Candidates found, candidates(cluster.view, partition, spec));
  if (found.nodes.empty()) return fail(Errc::node_config_unavailable);
  // Too many nodes or tasks in all: the partition may grow, so the job waits. One node must hold one task, though.
  const bool one_holds = std::any_of(found.nodes.begin(), found.nodes.end(), [&](NodeIndex i) {
    const Node& node = *cluster.view.nodes[i.value];
    return tasks_that_fit(demand, NodeSpace::empty(i, node, cluster.policies.unit).room()) > 0;
  });
  if (!one_holds) return fail(Errc::node_config_unavailable);
  return {};
}

}  // namespace

Status check_submission(const ClusterView& view, const Policies& policies, const JobSpec& spec) {
  if (spec.resources.nodes_min == 0) return fail(Errc::invalid_node_count);
  if (spec.placement.partitions.empty()) return fail(Errc::default_partition_not_set);
  for (const std::string& name : spec.placement.partitions)
    if (!view.find_partition(name)) return fail(Errc::invalid_partition, "invalid partition specified: " + name);
  TRY(check_features(view, spec.placement.features));
  std::optional<Error> first;
  for (const std::string& name : spec.placement.partitions) {
    const Status status = check_partition({view, policies}, *view.find_partition(name), spec);
    if (status) return {};
    if (!first) first = status.error();
  }
  return *first;
}

}  // namespace slurmxx
