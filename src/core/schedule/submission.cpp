// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The judgement of a request at submission: refuse what no node could ever give, accept what only a limit forbids.
#include <algorithm>
#include <functional>
#include <set>
#include <span>

#include "core/place/device_binding.h"
#include "core/schedule/boot_features.h"
#include "core/schedule/candidates.h"
#include "core/schedule/demand.h"
#include "core/schedule/node_spaces.h"
#include "core/schedule/obstacles.h"
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
    {"Socket, core and/or thread specification can not be satisfied",
     [](const JobSpec& spec, const Demand&, const Node& n) { return layout_fits(spec.resources, n.declared); }},
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
Status check_names(const ClusterView& view, std::string_view expression, Errc unknown) {
  TRY_ASSIGN(const FeatureNeeds needs, parse_features(expression));
  if (needs.size() == 1 && needs.front().empty()) return {};
  std::set<std::string_view> texts;
  std::set<std::string_view> known;
  for (const Node* node : view.nodes)
    if (texts.insert(node->features_active).second)
      for (const std::string_view name : split_commas(node->features_active)) known.insert(name);
  if (view.boots) known.insert(view.boots->changeable.begin(), view.boots->changeable.end());
  for (const FeatureNeed& need : needs)
    for (const std::string& name : need.names())
      if (!known.contains(name)) return fail(unknown);
  return {};
}

// --batch chooses among the nodes that --constraint gives.
Status check_batch_host(const PlacementRequest& asked) {
  if (asked.batch_features.empty()) return {};
  const auto names_in = [](std::string_view expression) -> Result<std::set<std::string>> {
    std::set<std::string> names;
    TRY_ASSIGN(const FeatureNeeds needs, parse_features(expression));
    for (const FeatureNeed& need : needs)
      for (const std::string& name : need.names()) names.insert(name);
    return names;
  };
  TRY_ASSIGN(const std::set<std::string> of_batch, names_in(asked.batch_features));
  TRY_ASSIGN(const std::set<std::string> of_nodes, names_in(asked.features));
  if (std::ranges::includes(of_nodes, of_batch)) return {};
  return fail(Errc::error, "Job --batch option is invalid or not a subset of --constraints");
}

// Nothing: what it asks for may come, and until then it waits (ignore_constraint_validation).
Result<std::optional<FeatureNeeds>> check_features(const ClusterView& view, const Policies& policies,
                                                   const JobSpec& spec) {
  const PlacementRequest& asked = spec.placement;
  if (policies.ignores.features) TRY(parse_features(asked.features));
  const Status known = check_names(view, asked.features, Errc::invalid_feature);
  if (!known && !policies.ignores.features) return known.error();
  if (!policies.ignores.prefer) TRY(check_names(view, asked.prefer, Errc::invalid_feature));
  TRY(check_names(view, asked.batch_features, Errc::invalid_feature));
  TRY(check_batch_host(asked));
  if (!known) return std::optional<FeatureNeeds>();
  TRY_ASSIGN(FeatureNeeds needs, feature_needs(asked));
  if (view.boots && view.boots->may_boot_for(spec)) add_ways_by_boot(*view.boots, needs);
  return std::optional(std::move(needs));
}

struct Place {
  const ClusterView& view;
  const Policies& policies;
  const PlanPartition& partition;
};

// The nodes of the partition without jobs.
std::vector<NodeSpace> empty_spaces(const Place& place, const Demand& demand, const Candidates& found) {
  std::vector<NodeSpace> spaces;
  spaces.reserve(found.nodes.size());
  for (const NodeIndex i : found.nodes) {
    const SystemShare* system = place.view.system_of(i);
    NodeSpace space = NodeSpace::empty(i, *place.view.nodes[i.value], place.policies.unit, system);
    if (place.partition.caps.count_cpus()) space.limit({cpus_capped(place.partition, space.room())});
    const bool binds = demand.gres.binds() && have_cores(space.node().gres);
    if (binds) space.split_devices();
    if (binds || demand.share.by_socket()) space.lend(system);
    spaces.push_back(std::move(space));
  }
  return spaces;
}

// Of GRES for the whole job there must be enough even where the job waits for the partition to grow.
bool has_gres(const Demand& demand, std::span<const NodeRoom* const> rooms) {
  for (const GresRequest& kind : demand.gres.per_job) {
    std::uint64_t free = 0;
    for (const NodeRoom* room : rooms)
      if (room->pools) free += gres_free(*room->pools, room->free.gres, kind);
    if (free < kind.count) return false;
  }
  return true;
}

bool can_hold(const Place& place, const JobSpec& spec, Demand demand, const Candidates& found) {
  const std::vector<NodeSpace> spaces = empty_spaces(place, demand, found);
  std::vector<const NodeRoom*> offered;
  for (const NodeSpace& space : spaces) offered.push_back(&space.room());
  if (place.partition.caps.count_cpus()) demand.share.cap = 1;
  if (outgrows(spec, place.partition, place.view.nodes)) {
    const auto holds_one = [&](const NodeRoom* room) { return tasks_that_fit(demand, *room) > 0; };
    return std::ranges::any_of(offered, holds_one) && has_gres(demand, offered);
  }
  include_required(demand, spec, found.required);
  demand.arrangement.switches_max = 0;  // it is waited for so long only
  const Topology* topology = topology_for(spec, place.partition, place.policies);
  const auto chosen = choose(demand, {offered, found.required, nullptr, topology, found.marks});
  return std::holds_alternative<std::vector<Chosen>>(chosen);
}

Status check_partition(const Place& place, const JobSpec& spec, const FeatureNeed& need) {
  Demand demand = demand_in(spec, place.partition, place.policies);
  include_quotas(demand, spec, need);
  for (const NodeRule& rule : node_rules)
    if (!any_node(place.view, place.partition, [&](const Node& n) { return rule.met(spec, demand, n); }))
      return fail(Errc::node_config_unavailable, rule.refusal);
  TRY_ASSIGN(const Candidates found, candidates(place.view, place.partition, spec, need));
  if (found.nodes.empty() || !can_hold(place, spec, std::move(demand), found))
    return fail(Errc::node_config_unavailable);
  return {};
}

}  // namespace

Status check_submission(const ClusterView& view, const Policies& policies, const JobSpec& spec) {
  if (spec.resources.nodes_min == 0) return fail(Errc::invalid_node_count);
  if (spec.placement.partitions.empty()) return fail(Errc::default_partition_not_set);
  for (const std::string& name : spec.placement.partitions)
    if (!view.find_partition(name)) return fail(Errc::invalid_partition, "invalid partition specified: " + name);
  TRY_ASSIGN(const std::optional<FeatureNeeds> features, check_features(view, policies, spec));
  if (!features) return {};
  const FeatureNeeds& needs = *features;
  std::optional<Error> first;
  for (const std::string& name : spec.placement.partitions) {
    for (const FeatureNeed& need : needs) {
      const Status status = check_partition({view, policies, *view.find_partition(name)}, spec, need);
      if (status) return {};
      if (!first) first = status.error();
    }
  }
  return *first;
}

}  // namespace slurmxx
