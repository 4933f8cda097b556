// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Where the tasks of a step go: dealt round and round over its nodes as far as their CPUs reach, then numbered in
// blocks (or dealt cyclically). srun(1), --ntasks, --nodes, --distribution, --overlap, --exclusive.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "control/steps.h"
#include "core/hostlist/hostlist.h"

namespace slurmxx {
namespace {

struct Place {
  const NodeShare* share = nullptr;
  std::string name;
  std::uint32_t free = 0;  // CPUs that no other step uses
  std::uint32_t tasks = 0;
};

Result<std::vector<Place>> eligible_places(const Job& job, const StepRequest& request,
                                           const std::vector<std::string>& node_names) {
  TRY_ASSIGN(const std::vector<std::string> required, expand_hostlist(request.nodes_required));
  TRY_ASSIGN(const std::vector<std::string> excluded, expand_hostlist(request.nodes_excluded));
  auto has = [](const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  for (const std::string& name : required)
    if (!has(node_names, name)) return fail(Errc::node_config_unavailable);
  std::vector<Place> places;
  for (std::size_t i = 0; i < job.allocation->shares.size(); ++i) {
    const NodeShare& share = job.allocation->shares[i];
    if (has(excluded, node_names[i]) || (!required.empty() && !has(required, node_names[i]))) continue;
    Place place{&share, node_names[i], share.cpus, 0};
    for (const Step& step : job.steps)
      for (const NodeShare& used : step.shares)
        if (!step.ended && used.node == share.node) place.free -= std::min(place.free, used.cpus);
    places.push_back(place);
  }
  return places;
}

struct Deal {
  std::uint32_t tasks = 1;
  std::uint32_t cpus_per_task = 1;
  std::uint32_t per_node_max = UINT32_MAX;
  bool beside_others = true;  // only CPUs that no other step uses
};

// How many tasks each place takes; false: they do not fit.
bool deal(std::vector<Place>& places, const Deal& what) {
  auto room = [&](const Place& place) {
    const std::uint32_t cpus = what.beside_others ? place.free : place.share->cpus;
    return std::min(what.per_node_max, cpus / what.cpus_per_task);
  };
  for (Place& place : places) place.tasks = 0;
  std::uint32_t left = what.tasks;
  for (bool moved = true; left > 0 && moved;) {
    moved = false;
    for (Place& place : places) {
      if (left == 0) break;
      if (place.tasks >= room(place)) continue;
      ++place.tasks;
      --left;
      moved = true;
    }
  }
  return left == 0;
}

void number_tasks(StepLayout& layout, const std::vector<Place>& places, bool cyclic) {
  std::vector<std::vector<std::uint32_t>> ids(places.size());
  std::uint32_t next = 0;
  if (cyclic) {
    for (bool more = true; more;) {
      more = false;
      for (std::size_t i = 0; i < places.size(); ++i) {
        if (ids[i].size() == places[i].tasks) continue;
        ids[i].push_back(next++);
        more = true;
      }
    }
  } else {
    for (std::size_t i = 0; i < places.size(); ++i)
      while (ids[i].size() < places[i].tasks) ids[i].push_back(next++);
  }
  for (std::size_t i = 0; i < places.size(); ++i) {
    layout.nodes.push_back(places[i].name);
    layout.task_count.push_back(places[i].tasks);
    layout.task_ids.insert(layout.task_ids.end(), ids[i].begin(), ids[i].end());
  }
}

// The lowest CPU ids of the job's share that no other step has.
std::vector<std::uint32_t> pick_cpus(const Job& job, const NodeShare& share, std::uint32_t count, bool overlap) {
  std::set<std::uint32_t> taken;
  for (const Step& step : job.steps)
    for (const NodeShare& used : step.shares)
      if (!overlap && !step.ended && used.node == share.node) taken.insert(used.cpu_ids.begin(), used.cpu_ids.end());
  std::vector<std::uint32_t> ids;
  for (std::uint32_t id : share.cpu_ids)
    if (ids.size() < count && !taken.contains(id)) ids.push_back(id);
  return ids;
}

struct NodeCounts {
  std::uint32_t min = 1;
  std::uint32_t max = 1;
};

Result<NodeCounts> node_counts(const StepRequest& request, std::size_t eligible) {
  const auto there = static_cast<std::uint32_t>(eligible);
  if (there == 0) return fail(Errc::invalid_node_count, "No node of the job is left for the step");
  const std::uint32_t min = request.nodes.value_or(there);
  if (min == 0) return fail(Errc::invalid_node_count);
  if (min > there)
    return fail(Errc::invalid_node_count, fmt::format("Only allocated {} nodes asked for {}", there, min));
  const std::uint32_t max = std::min(there, std::max(min, request.nodes_max.value_or(min)));
  if (!request.nodes_required.empty() && there > max)
    return fail(Errc::invalid_node_count, fmt::format("--nodelist names {} nodes, and --nodes permits {}", there, max));
  return NodeCounts{min, max};
}

// The first so many places, in the order of the job's nodes, as far as they hold the tasks.
std::optional<std::vector<Place>> deal_over(const std::vector<Place>& places, NodeCounts counts, const Deal& what) {
  for (std::uint32_t count = counts.min; count <= counts.max; ++count) {
    std::vector<Place> chosen(places.begin(), places.begin() + std::min(count, what.tasks));
    std::sort(chosen.begin(), chosen.end(),
              [](const Place& a, const Place& b) { return a.share->node < b.share->node; });
    if (deal(chosen, what)) return chosen;
  }
  return std::nullopt;
}

// Whether the tasks would fit if no other step ran.
bool fit_alone(std::vector<Place> places, NodeCounts counts, Deal what) {
  what.beside_others = false;
  std::stable_sort(places.begin(), places.end(),
                   [](const Place& a, const Place& b) { return a.share->cpus > b.share->cpus; });
  return deal_over(places, {counts.max, counts.max}, what).has_value();
}

}  // namespace

Result<std::optional<StepPlan>> plan_step(const Job& job, const StepRequest& request,
                                          const std::vector<std::string>& node_names) {
  TRY_ASSIGN(std::vector<Place> eligible, eligible_places(job, request, node_names));
  TRY_ASSIGN(const NodeCounts counts, node_counts(request, eligible.size()));
  const std::uint32_t cpus_per_task = std::max(1u, request.cpus_per_task.value_or(1));
  const std::uint32_t tasks = request.tasks.value_or(request.tasks_per_node.value_or(1) * counts.min);
  if (tasks == 0) return fail(Errc::bad_task_count);
  // Idle nodes of the allocation first, so that steps side by side do not wait for each other.
  if (!request.overlap)
    std::stable_partition(eligible.begin(), eligible.end(), [&](const Place& p) { return p.free >= cpus_per_task; });
  const Deal what{tasks, cpus_per_task, request.tasks_per_node.value_or(UINT32_MAX), !request.overlap};
  const auto places = deal_over(eligible, counts, what);
  if (!places) {
    if (request.overlap || !fit_alone(eligible, counts, what)) return fail(Errc::too_many_requested_cpus);
    return std::optional<StepPlan>();
  }
  StepPlan plan;
  plan.cpus_per_task = cpus_per_task;
  number_tasks(plan.layout, *places, request.cyclic);
  for (const Place& place : *places) {
    NodeShare share = *place.share;
    share.cpus = place.tasks * cpus_per_task;
    share.cpu_ids = pick_cpus(job, *place.share, share.cpus, request.overlap);
    if (request.memory_per_node) share.memory = std::min(share.memory, *request.memory_per_node);
    plan.shares.push_back(std::move(share));
  }
  return std::optional(std::move(plan));
}

}  // namespace slurmxx
