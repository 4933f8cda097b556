// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "state/node_places.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/text/words.h"
#include "state/node_shares.h"

namespace slurmxx {

bool holds_jobs(const Node& node) { return node.use.jobs + node.use.completing_jobs + node.use.suspended_jobs > 0; }

Result<NodePlaces> new_places(const State& state, const ClusterConfigured& event) {
  NodePlaces moved(state.nodes().size());
  std::optional<Error> error;
  state.nodes().for_each([&](std::uint64_t number, const Node& node) {
    auto same = [&](const ClusterConfigured::NodeRow& row) { return row.name == node.name; };
    // Most often the list did not change: look at the same place first.
    if (number < event.nodes.size() && same(event.nodes[number])) {
      moved[number] = NodeIndex(static_cast<std::uint32_t>(number));
      return;
    }
    auto found = std::find_if(event.nodes.begin(), event.nodes.end(), same);
    if (found != event.nodes.end())
      moved[number] = NodeIndex(static_cast<std::uint32_t>(found - event.nodes.begin()));
    else if (holds_jobs(node))
      error = fail(Errc::nodes_busy, fmt::format("node {} holds jobs and cannot leave the configuration", node.name));
  });
  if (error) return *error;
  return moved;
}

Node configured_node(const State& state, const ClusterConfigured::NodeRow& row) {
  Node node;
  if (const Node* known = state.find_node(row.name)) node = *known;
  node.name = row.name;
  node.declared = row.shape;
  node.features_active = row.features;
  if (node.registered && node.registered->features)
    node.features_active = commas_with(row.features, *node.registered->features);
  node.weight = row.weight;
  node.gres_declared = row.gres;
  node.dynamic = row.dynamic;
  if (row.dynamic.empty()) node.overrides = {};
  derive_gres(node);
  // A FUTURE node that a slurmd -F has taken is in use until a new slurm.conf says what it is.
  if (row.base == NodeBase::future && node.dynamic_future) node.dynamic_future = false;
  if (row.base != NodeBase::unknown) node.condition.base = row.base;
  const bool new_cloud = row.cloud && !node.power.cloud;
  node.power.cloud = row.cloud;
  if (new_cloud && !node.registered) {  // it can be had, and is switched on for the first job
    node.power.phase = PowerPhase::down;
    node.condition.base = NodeBase::up;
  }
  return node;
}

namespace {

void renumber_shares(std::vector<NodeShare>& shares, const NodePlaces& moved) {
  std::erase_if(shares, [&](const NodeShare& share) { return !moved[share.node.value]; });
  for (NodeShare& share : shares) share.node = *moved[share.node.value];
}

// A node that has left is taken for the first one: it has no number of its own any more.
void renumber_usage(StepUsage& usage, const NodePlaces& moved) {
  for (UsageFigure& figure : usage.figures)
    for (NodeIndex* node : {&figure.max_node, &figure.min_node})
      *node = node->value < moved.size() ? moved[node->value].value_or(NodeIndex(0)) : NodeIndex(0);
}

void renumber_step(Step& step, const NodePlaces& moved) {
  renumber_shares(step.shares, moved);
  for (NodeIndex& index : step.unfinished) index = *moved[index.value];
  std::erase_if(step.untold, [&](NodeIndex index) { return !moved[index.value]; });
  for (NodeIndex& index : step.untold) index = *moved[index.value];
  if (step.usage) renumber_usage(*step.usage, moved);
}

}  // namespace

void renumber(Job& job, const NodePlaces& moved) {
  renumber_shares(job.allocation->shares, moved);
  if (auto& host = job.allocation->batch_host) host = moved[host->value];
  for (Step& step : job.steps) renumber_step(step, moved);
  if (job.ended_steps.size() > 0) job.ended_steps.rewrite([&](Step& step) { renumber_step(step, moved); });
  if (job.script_usage) {
    StepUsage usage = *job.script_usage;
    renumber_usage(usage, moved);
    job.script_usage = std::make_shared<const StepUsage>(std::move(usage));
  }
  if (job.former) {
    FormerLife life = *job.former;
    for (Step& step : life.steps) renumber_step(step, moved);
    job.former = std::make_shared<const FormerLife>(std::move(life));
  }
  for (NodeIndex& index : job.unfinished) index = *moved[index.value];
}

}  // namespace slurmxx
