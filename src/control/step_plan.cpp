// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Where the tasks of a step go, and which CPUs of its job it has. A step has all CPUs of its nodes, or, exactly, what
// its tasks need; what a step has no other gets until it ends, unless one of them overlaps. srun(1), --ntasks, --nodes,
// --distribution, --exact, --overlap.
#include <algorithm>
#include <functional>
#include <numeric>
#include <set>
#include <span>

#include <fmt/format.h>

#include "control/steps.h"
#include "core/hostlist/hostlist.h"
#include "core/launch/task_layout.h"
#include "core/place/step_cpus.h"
#include "core/place/step_gres.h"
#include "core/text/word_list.h"

namespace slurmxx {
namespace {

using Ids = std::vector<std::uint32_t>;

struct Place {
  const NodeShare* share = nullptr;
  const StepNode* node = nullptr;
  Ids all;   // the job's CPUs
  Ids free;  // of these, what no other step has
  StepGres gres;
  MebiBytes memory_taken;  // by steps that asked for some of the job's
  bool required = false;   // by --nodelist
};

Ids cpus_of(const NodeShare& share) {
  if (!share.cpu_ids.empty()) return share.cpu_ids;
  Ids ids;
  for (std::uint32_t id = 0; id < share.cpus; ++id) ids.push_back(id);
  return ids;
}

Place place_of(const Job& job, const NodeShare& share, const StepNode& node) {
  Place place{&share, &node, cpus_of(share), {}, StepGres(job, share, *node.node), {}, false};
  std::set<std::uint32_t> taken;
  for (const Step& step : job.steps)
    for (const NodeShare& used : step.shares)
      if (!step.ended && !step.overlap && used.node == share.node) {
        const Ids ids = cpus_of(used);
        taken.insert(ids.begin(), ids.end());
        if (used.memory < share.memory) place.memory_taken += used.memory;
      }
  for (const std::uint32_t id : place.all)
    if (!taken.contains(id)) place.free.push_back(id);
  return place;
}

Result<std::vector<Place>> eligible_places(const Job& job, const StepRequest& request,
                                           const std::vector<StepNode>& nodes) {
  TRY_ASSIGN(std::vector<std::string> required, expand_hostlist(request.nodes_required));
  TRY_ASSIGN(const std::vector<std::string> excluded, expand_hostlist(request.nodes_excluded));
  if (!request.hosts.empty()) required = request.hosts;
  for (const std::string& name : required)
    if (std::none_of(nodes.begin(), nodes.end(), [&](const StepNode& node) { return node.name == name; }))
      return fail(Errc::node_config_unavailable);
  std::vector<Place> places;
  for (std::size_t i = request.terms.relative; i < job.allocation->shares.size(); ++i) {
    const bool named = has_word(required, nodes[i].name);
    if (has_word(excluded, nodes[i].name) || (!named && !request.hosts.empty())) continue;
    places.push_back(place_of(job, job.allocation->shares[i], nodes[i]));
    places.back().required = named;
  }
  return places;
}

std::uint64_t gpus_of(const std::string& text) {
  const auto kinds = parse_gres_request(text);
  return kinds ? gpus_in(*kinds) : 0;
}

// --cpus-per-gpu: those of its own gpus, or its part of those of all the step's.
std::optional<std::uint32_t> cpus_by_gpus(const StepRequest& request) {
  const GresOptions& asked = request.gres;
  if (!asked.cpus_per_gpu) return {};
  std::uint64_t gpus = gpus_of(asked.per_task), tasks = 1;
  if (gpus == 0) {
    const std::uint32_t nodes = std::max(1U, request.nodes.value_or(1));
    gpus = gpus_of(asked.per_job);
    if (gpus == 0) gpus = gpus_of(asked.per_node) * nodes;
    tasks = request.tasks.value_or(nodes * request.tasks_per_node.value_or(1));
  }
  if (gpus == 0 || tasks == 0) return {};
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(gpus * *asked.cpus_per_gpu / tasks, 1, UINT16_MAX));
}

StepDemand demand_of(const StepRequest& request, const Distribution& distribution) {
  StepDemand demand;
  const auto cpus = request.cpus_per_task ? request.cpus_per_task : cpus_by_gpus(request);
  demand.cpus_per_task = std::max(1U, cpus.value_or(1));
  demand.tasks_per_node = request.tasks_per_node;
  demand.tasks_per_socket = request.tasks_per_socket;
  demand.tasks_per_core = request.tasks_per_core;
  demand.threads_per_core = request.bind.threads_per_core;
  if (request.bind.hint == "nomultithread") demand.threads_per_core = 1;
  demand.overcommit = request.terms.overcommit;
  demand.sockets = distribution.sockets;
  return demand;
}

// Nothing asked for: all that the job has.
GresDemand step_gres_demand(const StepRequest& request, const GresPolicies& policies) {
  ResourceRequest resources;
  resources.gres = request.gres;
  GresDemand demand = gres_demand_of(resources, {}, policies);
  demand.all = demand.empty() && request.gres.per_node != "none";
  return demand;
}

class Planner {
 public:
  Planner(const StepRequest& request, const Distribution& distribution, const GresPolicies& policies)
      : request_(request),
        distribution_(distribution),
        demand_(demand_of(request, distribution)),
        gres_(step_gres_demand(request, policies)) {}

  // Tasks that fit: beside the steps that run, or when they are over.
  std::uint32_t room_now(const Place& place) const {
    if (request_.overlap) return room_ever(place);
    const std::uint32_t by_memory = tasks_in_memory(place, place.memory_taken);
    if (by_memory == 0 || (!request_.terms.exact && place.free.size() < place.all.size())) return 0;
    const auto by_cpus = tasks_on(place.free, place.node->topology, demand_);
    return std::min(by_memory, place.gres.tasks_that_fit(gres_, by_cpus, true));
  }
  bool by_hosts() const { return distribution_.nodes == NodeDeal::arbitrary; }
  std::uint32_t room_ever(const Place& place) const {
    const auto by_cpus = tasks_on(place.all, place.node->topology, demand_);
    return std::min(tasks_in_memory(place, MebiBytes(0)), place.gres.tasks_that_fit(gres_, by_cpus, false));
  }
  bool asks_for_memory() const { return request_.memory_per_node || request_.terms.memory_per_cpu; }
  MebiBytes memory_of(std::uint32_t tasks) const {
    if (request_.memory_per_node) return *request_.memory_per_node;
    const std::int64_t cpus = std::int64_t{tasks} * demand_.cpus_per_task;
    return MebiBytes(request_.terms.memory_per_cpu.value_or(MebiBytes(0)).value * cpus);
  }
  MebiBytes memory_with(std::uint32_t cpus) const {  // of a step that got more CPUs than its tasks use
    const auto& per_cpu = request_.terms.memory_per_cpu;
    return request_.memory_per_node || !per_cpu ? MebiBytes(0) : MebiBytes(per_cpu->value * std::int64_t{cpus});
  }
  // Of a job whose share has no memory: memory is not given out.
  std::uint32_t tasks_in_memory(const Place& place, MebiBytes taken) const {
    const MebiBytes has = place.share->memory;
    if (!asks_for_memory() || has == MebiBytes(0) || memory_of(1) == MebiBytes(0)) return UINT32_MAX;
    if (taken + memory_of(1) > has) return 0;
    if (request_.memory_per_node || demand_.overcommit) return UINT32_MAX;
    return static_cast<std::uint32_t>((has.value - taken.value) / memory_of(1).value);
  }
  const GresDemand& gres() const { return gres_; }
  bool overlaps() const { return request_.overlap; }

  std::optional<TaskIds> lay_out(const std::vector<Place>& places, std::uint32_t tasks, bool now) const {
    std::vector<std::uint32_t> room;
    for (const Place& place : places) room.push_back(now ? room_now(place) : room_ever(place));
    LayoutRequest layout{tasks, distribution_, {}};
    for (const std::string& host : request_.hosts)
      for (std::size_t i = 0; i < places.size(); ++i)
        if (places[i].node->name == host) layout.hosts.push_back(i);
    return lay_out_tasks(room, layout);
  }

  NodeShare share_of(const Place& place, std::uint32_t tasks, const JobParts& parts) const {
    NodeShare share = *place.share;
    const Ids& offered = request_.overlap ? place.all : place.free;
    share.cpu_ids = request_.terms.exact ? exact_cpus(offered, place.node->topology, demand_, tasks) : offered;
    share.cpus = static_cast<std::uint32_t>(share.cpu_ids.size());
    share.gres = place.gres.choose({gres_, tasks, parts, !request_.overlap}, share.cpu_ids);
    if (asks_for_memory()) share.memory = std::min(share.memory, std::max(memory_of(tasks), memory_with(share.cpus)));
    return share;
  }

  StepPlan plan(const std::vector<Place>& places, const TaskIds& ids, const std::vector<JobParts>& parts) const {
    StepPlan plan;
    plan.cpus_per_task = demand_.cpus_per_task;
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (ids[i].empty()) continue;  // packed
      const auto tasks = static_cast<std::uint32_t>(ids[i].size());
      plan.layout.nodes.push_back(places[i].node->name);
      plan.layout.task_count.push_back(tasks);
      plan.layout.task_ids.insert(plan.layout.task_ids.end(), ids[i].begin(), ids[i].end());
      plan.shares.push_back(share_of(places[i], tasks, parts[i]));
      plan.gpu_cores.push_back(places[i].gres.cores_of_gpus(plan.shares.back().gres));
      plan.topologies.push_back(places[i].node->topology);
    }
    return plan;
  }

 private:
  const StepRequest& request_;
  const Distribution& distribution_;
  StepDemand demand_;
  GresDemand gres_;
};

Result<Distribution> distribution_of(const StepRequest& request) {
  TRY_ASSIGN(const Distribution distribution, parse_distribution(request.bind.distribution));
  if (distribution.nodes == NodeDeal::arbitrary && request.hosts.empty())
    return fail(Errc::error,
                "With Arbitrary distribution you need to specify a nodelist or hostfile with the -w option");
  return distribution;
}

struct NodeCounts {
  std::uint32_t min = 1;
  std::uint32_t max = 1;
};

// --nodelist names nodes that the step has to have; --nodes may ask for others besides.
Result<NodeCounts> node_counts(const StepRequest& request, const std::vector<Place>& eligible) {
  const auto there = static_cast<std::uint32_t>(eligible.size());
  const auto named = static_cast<std::uint32_t>(
      std::count_if(eligible.begin(), eligible.end(), [](const Place& place) { return place.required; }));
  if (there == 0) return fail(Errc::invalid_node_count, "No node of the job is left for the step");
  if (!request.hosts.empty()) return NodeCounts{there, there};
  const std::uint32_t min = request.nodes.value_or(named > 0 ? named : there);
  if (min == 0) return fail(Errc::invalid_node_count);
  if (min > there)
    return fail(Errc::invalid_node_count, fmt::format("Only allocated {} nodes asked for {}", there, min));
  const std::uint32_t max = std::min(there, std::max(min, request.nodes_max.value_or(min)));
  if (named > max)
    return fail(Errc::invalid_node_count, fmt::format("--nodelist names {} nodes, and --nodes permits {}", named, max));
  return NodeCounts{std::max(min, named), max};
}

struct Dealt {
  std::vector<Place> places;
  TaskIds ids;
  std::vector<JobParts> parts;  // of what the step asks for in all
};

// The first ones give what they can. Nothing: they do not have so much together.
std::optional<std::vector<JobParts>> deal_parts(const Planner& planner, const std::vector<Place>& places,
                                                const TaskIds& ids, bool now) {
  const GresDemand& demand = planner.gres();
  std::vector<JobParts> parts(places.size(), JobParts(demand.per_job.size(), 0));
  for (std::size_t kind = 0; kind < demand.per_job.size(); ++kind) {
    std::uint64_t left = demand.per_job[kind].count;
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (i < ids.size() && ids[i].empty()) continue;
      parts[i][kind] = std::min(left, places[i].gres.free_for_job(demand, now)[kind]);
      left -= parts[i][kind];
    }
    if (left > 0) return std::nullopt;
  }
  return parts;
}

// The first so many places, in the order of the job's nodes, as far as they hold the tasks.
std::optional<Dealt> deal_over(const Planner& planner, const std::vector<Place>& places, NodeCounts counts,
                               std::uint32_t tasks) {
  for (std::uint32_t count = counts.min; count <= counts.max; ++count) {
    const std::uint32_t used = planner.by_hosts() ? count : std::min(count, tasks);
    Dealt dealt{{places.begin(), places.begin() + used}, {}, {}};
    std::sort(dealt.places.begin(), dealt.places.end(),
              [](const Place& a, const Place& b) { return a.share->node < b.share->node; });
    auto ids = planner.lay_out(dealt.places, tasks, true);
    if (!ids) continue;
    auto parts = deal_parts(planner, dealt.places, *ids, !planner.overlaps());
    if (!parts) continue;
    dealt.ids = std::move(*ids);
    dealt.parts = std::move(*parts);
    return dealt;
  }
  return std::nullopt;
}

// Whether the tasks would fit if no other step ran.
bool fit_alone(const Planner& planner, std::vector<Place> places, NodeCounts counts, std::uint32_t tasks) {
  std::stable_sort(places.begin(), places.end(),
                   [&](const Place& a, const Place& b) { return planner.room_ever(a) > planner.room_ever(b); });
  places.resize(planner.by_hosts() ? counts.max : std::min(counts.max, tasks));
  return planner.lay_out(places, tasks, false).has_value();
}

// Whether the job has what the step asks for, if no other step ran.
bool gres_fit_alone(const Planner& planner, const std::vector<Place>& places, std::uint32_t nodes_max) {
  const GresDemand& demand = planner.gres();
  for (std::size_t kind = 0; kind < demand.per_job.size(); ++kind) {
    std::vector<std::uint64_t> has;
    for (const Place& place : places) has.push_back(place.gres.free_for_job(demand, false)[kind]);
    std::sort(has.begin(), has.end(), std::greater<>());
    has.resize(std::min<std::size_t>(has.size(), nodes_max));
    if (std::accumulate(has.begin(), has.end(), std::uint64_t{0}) < demand.per_job[kind].count) return false;
  }
  const auto lacks = [&](const Place& place) {
    return !place.gres.covers(gres_need(demand, 1, JobParts(demand.per_job.size(), 0)), false);
  };
  return std::none_of(places.begin(), places.end(), lacks);
}

// srun(1): -c without -n fills the nodes with tasks.
std::uint32_t tasks_of(const StepRequest& request, const Planner& planner, std::span<const Place> places) {
  if (request.tasks) return *request.tasks;
  if (!request.hosts.empty()) return static_cast<std::uint32_t>(request.hosts.size());
  if (request.tasks_per_node) return *request.tasks_per_node * static_cast<std::uint32_t>(places.size());
  std::uint32_t tasks = 0;
  for (const Place& place : places) tasks += request.cpus_per_task ? std::max(1U, planner.room_ever(place)) : 1;
  return tasks;
}

}  // namespace

Result<std::optional<StepPlan>> plan_step(const Job& job, const StepRequest& request,
                                          const std::vector<StepNode>& nodes, const GresPolicies& policies) {
  TRY_ASSIGN(const Distribution distribution, distribution_of(request));
  TRY_ASSIGN(std::vector<Place> eligible, eligible_places(job, request, nodes));
  TRY_ASSIGN(const NodeCounts counts, node_counts(request, eligible));
  const Planner planner(request, distribution, policies);
  std::erase_if(eligible, [&](const Place& place) { return planner.tasks_in_memory(place, MebiBytes(0)) == 0; });
  if (eligible.size() < counts.min) return fail(Errc::invalid_task_memory);
  // Idle nodes of the allocation first, so that steps side by side do not wait for each other.
  std::stable_partition(eligible.begin(), eligible.end(), [&](const Place& p) { return planner.room_now(p) > 0; });
  std::stable_partition(eligible.begin(), eligible.end(), [](const Place& p) { return p.required; });
  const std::uint32_t tasks = tasks_of(request, planner, {eligible.data(), counts.min});
  if (tasks == 0) return fail(Errc::bad_task_count);
  const auto dealt = deal_over(planner, eligible, counts, tasks);
  if (dealt) return std::optional(planner.plan(dealt->places, dealt->ids, dealt->parts));
  if (!gres_fit_alone(planner, eligible, counts.max)) return fail(Errc::invalid_gres);
  if (request.overlap || !fit_alone(planner, eligible, counts, tasks)) return fail(Errc::too_many_requested_cpus);
  return std::optional<StepPlan>();
}

}  // namespace slurmxx
