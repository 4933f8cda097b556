// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The judgement of a request at submission: refuse what no node could ever give, accept what only a limit forbids.
#include <algorithm>
#include <functional>
#include <set>

#include "core/schedule/candidates.h"
#include "core/schedule/demand.h"
#include "core/schedule/plan.h"
#include "core/text/words.h"

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
Result<FeatureNeeds> check_features(const ClusterView& view, const PlacementRequest& asked) {
  TRY_ASSIGN(FeatureNeeds needs, feature_needs(asked));
  if (needs.size() == 1 && needs.front().empty()) return needs;
  std::set<std::string_view> texts;
  std::set<std::string_view> known;
  for (const Node* node : view.nodes)
    if (texts.insert(node->features_active).second)
      for (const std::string_view name : split_commas(node->features_active)) known.insert(name);
  for (const FeatureNeed& need : needs)
    for (const std::string& name : need.names())
      if (!known.contains(name)) return fail(Errc::invalid_feature);
  return needs;
}

struct Cluster {
  const ClusterView& view;
  const Policies& policies;
};

// Of what asks for features there must be enough, unless it asks for more nodes than the partition has.
bool meets_counts(const Demand& demand, const PlanPartition& partition, const FeatureNeed& need,
                  const Candidates& found) {
  if (need.empty() || demand.nodes_min > partition.nodes.size()) return true;
  if (found.nodes.size() < demand.nodes_min) return false;
  for (std::size_t quota = 0; quota < need.quotas.size(); ++quota) {
    const auto counts = [&](std::uint64_t marks) { return (marks >> quota & 1) != 0; };
    if (std::count_if(found.marks.begin(), found.marks.end(), counts) < std::int64_t{need.quotas[quota].count})
      return false;
  }
  return true;
}

// Too many nodes or tasks in all: the partition may grow, so the job waits. One node must hold one task, though, and of
// GRES there must be enough.
bool can_hold(const Cluster& cluster, const PlanPartition& partition, const Demand& demand, const Candidates& found) {
  std::size_t nodes = 0;
  std::vector<std::uint64_t> gres(demand.gres.per_job.size());
  for (const NodeIndex i : found.nodes) {
    const NodeSpace space =
        NodeSpace::empty(i, *cluster.view.nodes[i.value], cluster.policies.unit, cluster.view.system_of(i));
    const NodeRoom room = space.room();
    nodes += tasks_that_fit(demand, room) > 0 ? 1 : 0;
    for (std::size_t kind = 0; room.pools && kind < gres.size(); ++kind)
      gres[kind] += gres_free(*room.pools, room.free.gres, demand.gres.per_job[kind]);
  }
  if (nodes == 0) return false;
  for (std::size_t kind = 0; kind < gres.size(); ++kind)
    if (gres[kind] < demand.gres.per_job[kind].count) return false;
  return demand.gres.empty() || nodes >= demand.nodes_min || demand.nodes_min > partition.nodes.size();
}

Status check_partition(const Cluster& cluster, const PlanPartition& partition, const JobSpec& spec,
                       const FeatureNeed& need) {
  Demand demand = demand_in(spec, partition, cluster.policies);
  include_quotas(demand, spec, need);
  for (const NodeRule& rule : node_rules)
    if (!any_node(cluster.view, partition, [&](const Node& n) { return rule.met(spec, demand, n); }))
      return fail(Errc::node_config_unavailable, rule.refusal);
  TRY_ASSIGN(const Candidates found, candidates(cluster.view, partition, spec, need));
  if (found.nodes.empty() || !meets_counts(demand, partition, need, found)) return fail(Errc::node_config_unavailable);
  if (!can_hold(cluster, partition, demand, found)) return fail(Errc::node_config_unavailable);
  return {};
}

}  // namespace

Status check_submission(const ClusterView& view, const Policies& policies, const JobSpec& spec) {
  if (spec.resources.nodes_min == 0) return fail(Errc::invalid_node_count);
  if (spec.placement.partitions.empty()) return fail(Errc::default_partition_not_set);
  for (const std::string& name : spec.placement.partitions)
    if (!view.find_partition(name)) return fail(Errc::invalid_partition, "invalid partition specified: " + name);
  TRY_ASSIGN(const FeatureNeeds needs, check_features(view, spec.placement));
  std::optional<Error> first;
  for (const std::string& name : spec.placement.partitions) {
    for (const FeatureNeed& need : needs) {
      const Status status = check_partition({view, policies}, *view.find_partition(name), spec, need);
      if (status) return {};
      if (!first) first = status.error();
    }
  }
  return *first;
}

}  // namespace slurmxx
