// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/step/step_gpus.h"

#include <algorithm>

namespace slurmxx {
namespace {

std::vector<bool> near_to(const std::vector<std::uint32_t>& cpus, const LaunchStep& order) {
  const std::uint32_t threads = std::max(1U, order.topology.threads_per_core);
  std::vector<bool> near;
  for (const IndexSet& cores : order.gpu_cores)
    near.push_back(cores.empty() || std::any_of(cpus.begin(), cpus.end(),
                                                [&](std::uint32_t cpu) { return cores.contains(cpu / threads); }));
  return near;
}

bool goes_by_cpus(std::string_view bind) { return bind.ends_with("closest") || bind.starts_with(near_gpus_first); }

}  // namespace

StepGpus gpus_of_step(const LaunchStep& order, std::vector<std::string> variables, std::uint32_t tasks) {
  GpuBindFacts facts{tasks, near_to(order.share.cpu_ids, order)};
  if (order.affinity && goes_by_cpus(order.gpu_bind))
    if (const auto bound = bind_cpus(order.bind, order.topology, order.share.cpu_ids, tasks))  // as counted here
      for (const CpuSet& mask : bound->masks) facts.near_task.push_back(near_to(mask.ids(), order));
  StepGpus gpus{gpu_grant(order.share.gres), {}, std::move(variables)};
  gpus.of_task = bind_gpus(order.gpu_bind, gpus.grant, facts);
  return gpus;
}

}  // namespace slurmxx
