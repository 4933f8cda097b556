// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Environments are kept as NAME=value entries with a zero byte between them.
#include "control/launch.h"

#include <algorithm>
#include <utility>

#include "core/launch/batch_environment.h"
#include "core/model/sluid.h"
#include "core/text/words.h"

namespace slurmxx {

bool binds_tasks(const ClusterConfig& config) {
  const auto& plugins = config.plugins.task_plugins;
  return std::any_of(plugins.begin(), plugins.end(),
                     [](const std::string& name) { return name == "task/affinity" || name == "affinity"; });
}

namespace {

// What the job got without asking, as the planner sees it: the partition's default, or the cluster's.
void fill_in_memory(JobSpec& spec, const ClusterConfig& config, const std::string& partition) {
  ResourceRequest& asked = spec.resources;
  if (asked.memory_per_cpu || asked.memory_per_node) return;
  const PartitionConfig* own = find_partition(config, partition);
  const bool by_partition = own && (own->limits.memory.default_per_cpu || own->limits.memory.default_per_node);
  const auto& memory = by_partition ? own->limits.memory : config.scheduling.memory;
  asked.memory_per_cpu = memory.default_per_cpu;
  if (!asked.memory_per_cpu) asked.memory_per_node = memory.default_per_node;
}

}  // namespace

Result<LaunchBatch> complete_launch(LaunchBatch order, const ClusterConfig& config, const std::string& conf_path,
                                    const BlobReader& blob) {
  TRY_ASSIGN(order.script, blob(order.spec.launch.script_hash));
  TRY_ASSIGN(const std::string joined, blob(order.spec.launch.environment_hash));
  std::vector<std::string> brought;
  if (!joined.empty())
    for (std::string_view entry : split(joined, '\0')) brought.emplace_back(entry);
  Job job;
  job.id = order.job.job;
  job.restarts = order.job.restarts;
  JobSpec spec = order.spec;
  fill_in_memory(spec, config, order.allocation.partition);
  job.spec = std::make_shared<const JobSpec>(std::move(spec));
  if (order.array) job.array = ArrayPart{order.array->array, IndexSet(order.array->index), true};
  job.state = JobState::running;
  job.allocation = order.allocation;
  job.times.started = order.started;
  job.times.limit_at = order.limit_at;
  ClusterFacts facts;
  facts.sluid = sluid_text(order.submitted, order.job.job);
  facts.cluster_name = config.identity.cluster_name;
  facts.conf_path = conf_path;
  facts.node_names = order.node_names;
  facts.topology_address = std::exchange(order.network_address, {});
  facts.topology_pattern = std::exchange(order.network_pattern, {});
  for (HetComponent& component : order.het) {
    Job other;
    other.id = component.job;
    other.spec = std::make_shared<const JobSpec>(std::move(component.spec));
    other.allocation = std::move(component.allocation);
    facts.components.push_back({std::move(other), std::move(component.node_names)});
  }
  order.het.clear();
  order.affinity = binds_tasks(config);
  order.environment = batch_environment(job, facts, brought);
  return order;
}

}  // namespace slurmxx
